import { loadUuidPrefix, UuidPrefixError } from '../../daemon/index.js';
import { EventSocketError, inspectSocketPath } from '../../eventsocket/index.js';
import type { ListenAddress } from '../../http/index.js';
import { defineCheck } from '../check.js';
import { isListened, listenFailure } from '../probes/listening.js';

interface PrefixFacts {
  /** Absent when there is none. */
  readonly prefix?: string;
  readonly unsafe: boolean;
  readonly error?: string;
}

/** What UUIDs begin with. */
export const uuidPrefix = defineCheck<PrefixFacts>({
  name: 'uuid-prefix',
  tells: 'what every UUID begins with',
  warns:
    'neither -uuid-prefix=auto nor -uuid-prefix-file is given: the prefix is made up, and two machines may come to the same',
  fails: 'the file cannot be read, or its text cannot begin a file name',
  remedy: '`-uuid-prefix=auto`, or `-uuid-prefix-file` with a prefix that no other machine or boot has',
  gather: ({ options, environment }) => {
    try {
      const { text, unsafe } = loadUuidPrefix(options, environment);
      return { prefix: text, unsafe };
    } catch (error) {
      if (!(error instanceof UuidPrefixError)) throw error;
      return { unsafe: false, error: error.message };
    }
  },
  judge: ({ prefix, unsafe, error }) => {
    if (error !== undefined) {
      return { level: 'fail', found: error, advice: 'write a prefix into the file that no other machine or boot has' };
    }
    if (!unsafe) return { level: 'ok', found: `${prefix}` };
    return {
      level: 'warn',
      found: `${prefix}, of host name and boot time: two machines may come to the same`,
      advice: 'give -uuid-prefix=auto, or -uuid-prefix-file=FILE with one that is unique among machines and boots',
    };
  },
});

interface SocketFacts {
  readonly path: string;
  /** Whether a socket that nobody serves stands there and would be replaced. */
  readonly stale: boolean;
  readonly error?: string;
  readonly code?: string;
}

/** The event socket. */
export const eventSocket = defineCheck<SocketFacts>({
  name: 'event-socket',
  tells: 'whether the event socket can be made; only with --eventsocket',
  warns: 'somebody serves it: a collector that runs already, or another program',
  fails: 'it cannot be made: a path that is too long, no folder, no right, or something else stands there',
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
      const left = stale ? ': a socket that nobody serves stands there, and will be replaced' : ' can be made';
      return { level: 'ok', found: `${path}${left}` };
    }
    if (code === 'ERR_IN_USE') {
      return {
        level: 'warn',
        found: `${path}: somebody serves it`,
        advice: 'nothing, if that is the collector that runs here; another one needs another path',
      };
    }
    return { level: 'fail', found: error, advice: SOCKET_REMEDIES[code ?? ''] ?? ANOTHER_PATH };
  },
});

const ANOTHER_PATH = 'give another path with -tcpinfo.eventsocket';
const SOCKET_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'make the folder first',
  EACCES: "change the folder's owner or mode, so that this user may make files in it",
  EROFS: 'mount a folder there that can be written to, such as an emptyDir or a tmpfs',
};

interface AddressFacts {
  readonly address: string;
  /** Why it cannot be had, by code; absent when it can. */
  readonly code?: string;
  /** Whether a tcp-info serves its metrics there. */
  readonly isOurs: boolean;
}

/** Where metrics are to be served. */
export const metricsAddress = defineCheck<AddressFacts>({
  name: 'metrics-address',
  tells: 'whether metrics can be served there; only with --metrics-address',
  fails: 'another program has the port, or this user may not use it, or the address is not here',
  remedy: 'another port or address',
  wanted: ({ options }) => options.metricsAddress !== undefined,
  gather: async ({ options: { metricsAddress: asked = { port: 0 } } }) => {
    const address = addressText(asked);
    const code = await listenFailure(asked);
    if (code === undefined) return { address, isOurs: false };
    return { address, code, isOurs: code === 'EADDRINUSE' && (await isListened(asked)) };
  },
  judge: ({ address, code, isOurs }) => {
    if (code === undefined) return { level: 'ok', found: `${address} is free` };
    if (isOurs) return { level: 'ok', found: `${address}: a tcp-info that runs serves its metrics there` };
    const [words, advice] = ADDRESS_FAILURES[code] ?? ['cannot be listened at', 'give another one with -prom'];
    return { level: 'fail', found: `${address}: ${words} (${code})`, advice };
  },
});

const ADDRESS_FAILURES: Readonly<Record<string, readonly [words: string, advice: string]>> = {
  EADDRINUSE: ['another program has it', 'give another port with -prom, or stop that program (ss -ltnp shows it)'],
  EACCES: ['this user may not use it', 'give a port of 1024 or more with -prom, or grant CAP_NET_BIND_SERVICE'],
  EADDRNOTAVAIL: ['no such address on this machine', "give one of this machine's with -prometheusx.listen-address"],
  EINVAL: [
    'no such interface, or none given',
    'give a link-local address with its interface: -prometheusx.listen-address=[fe80::1%eth0]:9990',
  ],
  ENOTFOUND: ['no such host name', 'give an address with -prometheusx.listen-address'],
};

function addressText({ host = '', port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
