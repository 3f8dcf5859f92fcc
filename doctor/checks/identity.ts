import { loadUuidPrefix, UuidPrefixError } from '../../daemon/index.js';
import { EventSocketError, inspectSocketPath } from '../../live/eventsocket/index.js';
import type { ListenAddress } from '../../live/http/index.js';
import { defineCheck } from '../check.js';
import { isListened, listenFailure } from '../probes/listening.js';

interface PrefixFacts {
  /** Absent on an error. */
  readonly prefix?: string;
  readonly unsafe: boolean;
  readonly error?: string;
}

/** Check of the UUID prefix. */
export const uuidPrefix = defineCheck<PrefixFacts>({
  name: 'uuid-prefix',
  tells: 'the prefix of every UUID',
  warns:
    'neither -uuid-prefix=auto nor -uuid-prefix-file is given: the prefix is made up, and two machines may get the same one',
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
      found: `${prefix}, made of host name and boot time: two machines may get the same one`,
      advice: 'give -uuid-prefix=auto, or -uuid-prefix-file=FILE with a prefix that is unique among machines and boots',
    };
  },
});

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
const SOCKET_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'make the folder first',
  EACCES: "change the folder's owner or mode, so that this user may make files in it",
  EROFS: 'mount a folder there that can be written to, such as an emptyDir or a tmpfs',
};

interface AddressFacts {
  readonly address: string;
  /** Code of the error that prevents listening; absent when the address is free. */
  readonly code?: string;
  /** True when a tcp-info serves its metrics there. */
  readonly isOurs: boolean;
}

/** Check of the metrics address. */
export const metricsAddress = defineCheck<AddressFacts>({
  name: 'metrics-address',
  tells: 'whether metrics can be served at the address; only with --metrics-address',
  fails: 'another program has the port, this user may not use it, or this machine does not have the address',
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
    if (isOurs) return { level: 'ok', found: `${address}: a running tcp-info serves its metrics there` };
    const [words, advice] = ADDRESS_FAILURES[code] ?? ['cannot be used', 'give another one with -prom'];
    return { level: 'fail', found: `${address}: ${words} (${code})`, advice };
  },
});

const ADDRESS_FAILURES: Readonly<Record<string, readonly [words: string, advice: string]>> = {
  EADDRINUSE: ['another program has it', 'give another port with -prom, or stop that program (ss -ltnp shows it)'],
  EACCES: ['this user may not use it', 'give a port of 1024 or more with -prom, or grant CAP_NET_BIND_SERVICE'],
  EADDRNOTAVAIL: ['no such address on this machine', "give one of this machine's with -prometheusx.listen-address"],
  EINVAL: [
    'no such interface, or no interface given',
    'give a link-local address with its interface: -prometheusx.listen-address=[fe80::1%eth0]:9990',
  ],
  ENOTFOUND: ['no such host name', 'give an address with -prometheusx.listen-address'],
};

function addressText({ host = '', port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
