import { closeSync, openSync, readSync } from 'node:fs';
import { type ReadText, readText } from './text-files.js';

/** TCP sockets of the own network namespace, as the kernel counts them in /proc/net/sockstat. */
export interface TcpSockets {
  /** Sockets of IPv4 and IPv6 in use, listening ones too. */
  readonly inUse: number;
  /** Sockets without a program that still send, or wait for the other end. Of the whole machine. */
  readonly orphans: number;
  readonly timeWait: number;
  /** Sockets that have memory. Of the whole machine. */
  readonly allocated: number;
  /** Memory of all TCP buffers of the whole machine, pages. */
  readonly memoryPages: number;
}

/** Reads the counts of TCP sockets; undefined if unknown (no /proc). */
export function readTcpSockets(read: ReadText = readText): TcpSockets | undefined {
  const found = /^TCP: inuse (\d+) orphan (\d+) tw (\d+) alloc (\d+) mem (\d+)/m.exec(read('/proc/net/sockstat') ?? '');
  if (found === null) return undefined;
  const [inUse = 0, orphans = 0, timeWait = 0, allocated = 0, memoryPages = 0] = found.slice(1).map(Number);
  const sixes = Number(/^TCP6: inuse (\d+)/m.exec(read('/proc/net/sockstat6') ?? '')?.[1] ?? 0);
  return { inUse: inUse + sixes, orphans, timeWait, allocated, memoryPages };
}

/** Limits of TCP sockets. Those of the whole machine are readable only in its first network namespace. */
export interface TcpLimits {
  /** `net.ipv4.tcp_max_orphans`; absent if unknown. */
  readonly maxOrphans?: number;
  /** `net.ipv4.tcp_max_tw_buckets`; absent if unknown. */
  readonly maxTimeWait?: number;
  /** `net.ipv4.tcp_mem`: pages below which nothing is done, above which buffers shrink, and the limit; absent if unknown. */
  readonly memoryPages?: readonly [low: number, pressure: number, limit: number];
}

/** Reads the limits of TCP sockets. */
export function readTcpLimits(read: ReadText = readText): TcpLimits {
  const numbers = (name: string): readonly number[] =>
    (read(`/proc/sys/net/ipv4/${name}`) ?? '').trim().split(/\s+/).map(Number);
  const [maxOrphans] = numbers('tcp_max_orphans');
  const [maxTimeWait] = numbers('tcp_max_tw_buckets');
  const [low, pressure, limit] = numbers('tcp_mem');
  return {
    // An empty text is the number 0, which is no limit that the kernel has.
    ...(isLimit(maxOrphans) ? { maxOrphans } : {}),
    ...(isLimit(maxTimeWait) ? { maxTimeWait } : {}),
    ...(isLimit(low) && isLimit(pressure) && isLimit(limit) ? { memoryPages: [low, pressure, limit] } : {}),
  };
}

function isLimit(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}

/**
 * Counters of TCP that say that something was refused, dropped or sent again: name here, file of /proc/net and names in
 * it. `nstat -a` shows them as `TcpActiveOpens` and `TcpExtListenOverflows`.
 */
const COUNTERS = {
  activeOpens: ['snmp', 'Tcp', 'ActiveOpens'],
  passiveOpens: ['snmp', 'Tcp', 'PassiveOpens'],
  attemptFails: ['snmp', 'Tcp', 'AttemptFails'],
  estabResets: ['snmp', 'Tcp', 'EstabResets'],
  inSegs: ['snmp', 'Tcp', 'InSegs'],
  outSegs: ['snmp', 'Tcp', 'OutSegs'],
  retransSegs: ['snmp', 'Tcp', 'RetransSegs'],
  inErrs: ['snmp', 'Tcp', 'InErrs'],
  outRsts: ['snmp', 'Tcp', 'OutRsts'],
  listenOverflows: ['netstat', 'TcpExt', 'ListenOverflows'],
  listenDrops: ['netstat', 'TcpExt', 'ListenDrops'],
  reqQFullDrop: ['netstat', 'TcpExt', 'TCPReqQFullDrop'],
  reqQFullDoCookies: ['netstat', 'TcpExt', 'TCPReqQFullDoCookies'],
  syncookiesSent: ['netstat', 'TcpExt', 'SyncookiesSent'],
  timeouts: ['netstat', 'TcpExt', 'TCPTimeouts'],
  synRetrans: ['netstat', 'TcpExt', 'TCPSynRetrans'],
  abortOnTimeout: ['netstat', 'TcpExt', 'TCPAbortOnTimeout'],
  abortOnMemory: ['netstat', 'TcpExt', 'TCPAbortOnMemory'],
  memoryPressures: ['netstat', 'TcpExt', 'TCPMemoryPressures'],
  memoryPressureMs: ['netstat', 'TcpExt', 'TCPMemoryPressuresChrono'],
  pruneCalled: ['netstat', 'TcpExt', 'PruneCalled'],
  rcvQDrop: ['netstat', 'TcpExt', 'TCPRcvQDrop'],
  backlogDrop: ['netstat', 'TcpExt', 'TCPBacklogDrop'],
  timeWaitOverflow: ['netstat', 'TcpExt', 'TCPTimeWaitOverflow'],
} as const satisfies Readonly<Record<string, readonly [file: string, group: string, name: string]>>;

/** Name of a counter of {@link readTcpCounters}. */
export type TcpCounterName = keyof typeof COUNTERS;

/**
 * Reads the kernel's counters of the own network namespace since it exists. A counter that the kernel lacks is absent;
 * without /proc all are.
 */
export function readTcpCounters(read: ReadText = readText): Readonly<Partial<Record<TcpCounterName, number>>> {
  const tables = new Map([
    ['snmp', groupsOf(read('/proc/net/snmp') ?? '')],
    ['netstat', groupsOf(read('/proc/net/netstat') ?? '')],
  ]);
  const found: Partial<Record<TcpCounterName, number>> = {};
  for (const [key, [file, group, name]] of Object.entries(COUNTERS) as [TcpCounterName, readonly string[]][]) {
    const value = tables.get(file ?? '')?.get(`${group} ${name}`);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

/** Returns the values of pairs of lines, `Tcp: A B` and `Tcp: 1 2`, by `Tcp A`. */
function groupsOf(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [, group = '', names = '', numbers = ''] of text.matchAll(/^(\w+): (.*)\n\1: (.*)$/gm)) {
    const each = numbers.split(' ');
    for (const [i, name] of names.split(' ').entries()) {
      const value = Number(each[i]);
      if (Number.isSafeInteger(value)) values.set(`${group} ${name}`, value);
    }
  }
  return values;
}

/** include/uapi/linux/auxvec.h */
const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;
const MAX_AUXV_BYTES = 4096;

/** Reads the size of a page of memory, bytes; undefined if unknown (no /proc). */
export function readPageBytes(path = '/proc/self/auxv'): number | undefined {
  const bytes = Buffer.alloc(MAX_AUXV_BYTES);
  let length: number;
  try {
    const fd = openSync(path, 'r');
    try {
      length = readSync(fd, bytes);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // no /proc, or hidden: no known size
  }
  for (let at = 0; at + ENTRY_BYTES <= length; at += ENTRY_BYTES) {
    if (bytes.readBigUInt64LE(at) === AT_PAGESZ) return Number(bytes.readBigUInt64LE(at + ENTRY_BYTES / 2));
  }
  return undefined;
}
