import { type Prefix, parsePrefix } from '../../inetdiag/index.js';
import {
  type ClientPrefix,
  DEFAULT_WAIT_MS,
  FORWARD_LIMITS,
  IDLE_COUNTS,
  type LimitOptions,
  REJECT_BY,
  type RejectBy,
  WHEN_FULL,
} from '../config/index.js';
import { ServiceError } from './error.js';

/**
 * Options of a service. Numbers of 0 mean no limit and times of 0 are off. Defaults are those of gihnius/monconn: 15
 * minutes of idleness, 10 minutes without data from the client, 10 minutes without progress of what is written.
 */
export interface ServiceOptions extends Partial<Omit<LimitOptions, 'blacklist' | 'allowlist' | 'ipPrefix'>> {
  /** Bits of an address that make one client. Default: the whole address. */
  readonly ipPrefix?: Partial<ClientPrefix>;
  /** Addresses and prefixes that are refused: `10.0.0.0/8`, `2001:db8::/32`. */
  readonly blacklist?: readonly string[];
  /** If not empty: the only addresses that are admitted. */
  readonly allowlist?: readonly string[];
  /** Way to end a rejected connection. Default: `rst`. */
  readonly rejectBy?: RejectBy;
  /** Keep-alive probes after 30 s of silence. Default: true. */
  readonly keepalive?: boolean;
  /** Milliseconds that busy connections have at {@link Service.close}. Default: one minute. */
  readonly waitMs?: number;
  /** Called with each message: listening, a rejected client, a connection whose time is over, stopping, stopped. */
  readonly log?: (message: string) => void;
}

/** Options with all defaults. */
export interface ResolvedOptions {
  readonly limits: LimitOptions;
  readonly rejectBy: RejectBy;
  readonly keepalive: boolean;
  readonly waitMs: number;
  readonly log: (message: string) => void;
}

const NUMBERS = [
  'connLimit',
  'ipLimit',
  'ipConnLimit',
  'maxIdleMs',
  'maxLifetimeMs',
  'readTimeoutMs',
  'writeTimeoutMs',
  'waitMs',
] as const;

/**
 * Adds the defaults.
 * @throws ServiceError `ERR_SERVICE_OPTION` for a value that cannot be honoured, `ERR_SERVICE_PREFIX`
 */
export function resolveOptions(sid: string, options: ServiceOptions): ResolvedOptions {
  for (const name of NUMBERS) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw new ServiceError('ERR_SERVICE_OPTION', sid, `${name} must be a number of at least 0, not ${value}`);
    }
  }
  checkWord(sid, 'whenFull', options.whenFull, WHEN_FULL);
  checkWord(sid, 'idleCounts', options.idleCounts, IDLE_COUNTS);
  checkWord(sid, 'rejectBy', options.rejectBy, REJECT_BY);
  const {
    blacklist = [],
    allowlist = [],
    ipPrefix,
    rejectBy = 'rst',
    keepalive = true,
    waitMs = DEFAULT_WAIT_MS,
  } = options;
  const { log = () => {} } = options;
  const limits: LimitOptions = {
    connLimit: options.connLimit ?? FORWARD_LIMITS.connLimit,
    ipLimit: options.ipLimit ?? FORWARD_LIMITS.ipLimit,
    ipConnLimit: options.ipConnLimit ?? FORWARD_LIMITS.ipConnLimit,
    ipPrefix: checkPrefixBits(sid, { ...FORWARD_LIMITS.ipPrefix, ...ipPrefix }),
    whenFull: options.whenFull ?? FORWARD_LIMITS.whenFull,
    blacklist: blacklist.map((text) => readPrefix(sid, text)),
    allowlist: allowlist.map((text) => readPrefix(sid, text)),
    maxIdleMs: options.maxIdleMs ?? FORWARD_LIMITS.maxIdleMs,
    idleCounts: options.idleCounts ?? FORWARD_LIMITS.idleCounts,
    maxLifetimeMs: options.maxLifetimeMs ?? FORWARD_LIMITS.maxLifetimeMs,
    readTimeoutMs: options.readTimeoutMs ?? FORWARD_LIMITS.readTimeoutMs,
    writeTimeoutMs: options.writeTimeoutMs ?? FORWARD_LIMITS.writeTimeoutMs,
  };
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(limits, name) || OTHERS.includes(name)) continue;
    throw new ServiceError('ERR_SERVICE_OPTION', sid, `unknown option ${JSON.stringify(name)}`);
  }
  return { limits, rejectBy, keepalive, waitMs, log };
}

const OTHERS: readonly string[] = ['rejectBy', 'keepalive', 'waitMs', 'log'] satisfies (keyof ServiceOptions)[];

/** Parses an address or a prefix. @throws ServiceError `ERR_SERVICE_PREFIX` */
export function readPrefix(sid: string, text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return prefix;
  throw new ServiceError(
    'ERR_SERVICE_PREFIX',
    sid,
    `expected an address or a prefix without host bits, such as 10.0.0.0/8, not ${JSON.stringify(text)}`,
  );
}

function checkWord(sid: string, name: string, value: string | undefined, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw new ServiceError('ERR_SERVICE_OPTION', sid, `${name} must be ${words.join(' or ')}, not ${value}`);
}

function checkPrefixBits(sid: string, { v4, v6 }: ClientPrefix): ClientPrefix {
  const fits = (bits: number, most: number): boolean => Number.isInteger(bits) && bits >= 0 && bits <= most;
  if (fits(v4, 32) && fits(v6, 128)) return { v4, v6 };
  throw new ServiceError('ERR_SERVICE_OPTION', sid, `ipPrefix must have v4 of at most 32 and v6 of at most 128 bits`);
}
