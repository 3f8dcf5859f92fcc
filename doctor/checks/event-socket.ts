import { EventSocketError, inspectSocketPath } from '../../live/eventsocket/index.js';
import { defineCheck } from '../check.js';

interface SocketFacts {
  readonly path: string;
  /** True when an unused socket exists there, which would be replaced. */
  readonly stale: boolean;
  readonly error?: string;
  readonly code?: string;
}

/** Check of the event socket. */
export const eventSocket = defineCheck<SocketFacts>({
  name: 'event-socket',
  tells: 'whether the event socket can be made; only with --eventsocket',
  warns: 'another process serves it: a running collector, or another program',
  fails:
    'it cannot be made: the path is too long, the folder or the permission is missing, or another file exists there',
  remedy: 'another path, the folder, or its owner and mode',
  wanted: ({ options }) => options.eventSocket !== undefined,
  gather: async ({ options: { eventSocket: path = '' } }) => {
    try {
      return { path, stale: (await inspectSocketPath(path)) === 'stale' };
    } catch (error) {
      if (!(error instanceof EventSocketError)) throw error;
      return { path, stale: false, error: error.message, code: error.code };
    }
  },
  judge: ({ path, stale, error, code }) => {
    if (error === undefined) {
      const left = stale ? ': an unused socket exists there and will be replaced' : ' can be made';
      return { level: 'ok', found: `${path}${left}` };
    }
    if (code === 'ERR_IN_USE') {
      return {
        level: 'warn',
        found: `${path}: another process serves it`,
        advice: 'nothing, if that is the running collector; a second collector needs another path',
      };
    }
    return { level: 'fail', found: error, advice: SOCKET_REMEDIES[code ?? ''] ?? ANOTHER_PATH };
  },
});

const ANOTHER_PATH = 'give another path with -tcpinfo.eventsocket';
/** Advice for a unix socket that cannot be made, by the code of the error. */
export const SOCKET_REMEDIES: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'make the folder first',
  EACCES: "change the folder's owner or mode, so that this user may make files in it",
  EROFS: 'mount a folder there that can be written to, such as an emptyDir or a tmpfs',
};
