import { resolve } from 'node:path';
import {
  ARCHIVED_FLOWS,
  CONNTRACK_MODES,
  type ConntrackConfig,
  type LiveConfig,
  PROCESS_MODES,
  type ProcessConfig,
} from '../../daemon/index.js';
import type { LiveListener } from '../../live/api/index.js';
import { isLoopbackHost } from '../../live/http/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { parseDurationNs, parsePercent, parseSize } from '../flags/values.js';
import { accept, list, type Value } from './flag-value.js';
import type { FlagName } from './flags.js';
import { LIVE_FLAGS } from './live-flags.js';
import { LISTENER_FORMS, parseListener } from './live-listener.js';

/** Values of flags, as the user gave them or their defaults. */
export interface GivenValues {
  /** Returns the values of a flag that were given; an empty list without any. */
  all(name: FlagName): readonly Value[];
  /** Returns the last value of a flag, or its default. */
  one(name: FlagName): Value;
}

const MIN_HISTORY_BYTES = 2 ** 20;
/** Less, and a process would be found minutes after its connection. */
const MIN_CPU_BUDGET = 0.001;

/**
 * Returns the configuration of the live API; undefined without `-live`.
 * @throws ConfigError, also for a flag of the API without `-live`, and for a host that needs a token file
 */
export function liveConfig(given: GivenValues, cwd: string): LiveConfig | undefined {
  const listeners = list(given.all('live'), (text) => parseListener(text, cwd), LISTENER_FORMS);
  if (listeners.length === 0) {
    for (const { name } of LIVE_FLAGS) {
      const [value] = name.startsWith('live.') ? given.all(name) : [];
      if (value !== undefined) throw new ConfigError(value.origin, 'there is no live API: give its address with -live');
    }
    return undefined;
  }
  requireDistinct(listeners, given);
  const tokenFile = tokenPath(given.one('live.token-file'), cwd);
  if (tokenFile === undefined) requireLoopback(listeners, given);
  const boolean = (name: FlagName): boolean => accept(given.one(name), parseGoBoolean, 'true or false');
  return {
    listeners,
    hosts: list(given.all('live.hosts'), parseHost, 'host names, such as tcp.example.com'),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    historyMs: duration(given.one('live.history'), 60e9, 24 * 3600e9, 'a duration from 1m to 24h, such as 15m'),
    maxHistoryBytes: accept(given.one('live.max-memory'), parseMemory, 'a size from 1MiB, such as 64MiB'),
    keepClosedMs: duration(given.one('live.keep-closed'), 0, 24 * 3600e9, 'a duration from 0s to 24h, such as 10m'),
    loopback: boolean('live.loopback'),
    fullAddresses: boolean('live.full-addresses'),
    readOnly: boolean('live.read-only'),
  };
}

/**
 * Returns the configuration of the look-up of processes.
 * @throws ConfigError, also for processes in archives without their look-up
 */
export function processConfig(given: GivenValues): ProcessConfig {
  const parseBudget = (text: string): number | undefined => {
    const share = parsePercent(text);
    return share !== undefined && share >= MIN_CPU_BUDGET && share <= 1 ? share : undefined;
  };
  const modeValue = given.one('process');
  const archiveValue = given.one('archive.process');
  const mode = accept(modeValue, (text) => PROCESS_MODES.find((each) => each === text), PROCESS_MODES.join(', '));
  const inArchives = accept(archiveValue, parseGoBoolean, 'true or false');
  if (inArchives && mode === 'off') {
    throw new ConfigError(archiveValue.origin, `processes are not looked up with ${modeValue.origin}`);
  }
  return {
    mode,
    cpuBudget: accept(given.one('process.cpu-budget'), parseBudget, 'a percentage of one core from 0.1% to 100%'),
    inArchives,
  };
}

/**
 * Returns the configuration of the look-up of flows.
 * @throws ConfigError, also for flows in archives without their look-up
 */
export function conntrackConfig(given: GivenValues): ConntrackConfig {
  const oneOf = <T extends string>(value: Value, values: readonly T[]): T =>
    accept(value, (text) => values.find((each) => each === text), values.join(', '));
  const mode = oneOf(given.one('conntrack'), CONNTRACK_MODES);
  const archiveValue = given.one('conntrack.archive');
  const inArchives = oneOf(archiveValue, ARCHIVED_FLOWS);
  if (inArchives === 'all' && mode === 'off') {
    throw new ConfigError(archiveValue.origin, 'flows are not looked up: give -conntrack=auto or on');
  }
  return { mode, inArchives };
}

function parseHost(text: string): string | undefined {
  return /^[A-Za-z0-9._-]{1,253}$/.test(text) || /^[0-9A-Fa-f:.]+$/.test(text) ? text.toLowerCase() : undefined;
}

function parseMemory(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= MIN_HISTORY_BYTES ? bytes : undefined;
}

function duration(value: Value, minNs: number, maxNs: number, expected: string): number {
  const parse = (text: string): number | undefined => {
    const ns = parseDurationNs(text);
    return ns !== undefined && ns >= minNs && ns <= maxNs ? ns / 1e6 : undefined;
  };
  return accept(value, parse, expected);
}

function tokenPath({ text, origin }: Value, cwd: string): string | undefined {
  if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
  return text === '' ? undefined : resolve(cwd, text);
}

/** @throws ConfigError when a listener is given twice */
function requireDistinct(listeners: readonly LiveListener[], given: GivenValues): void {
  const seen = new Set<string>();
  for (const listener of listeners) {
    const name = 'path' in listener ? `unix:${listener.path}` : `${listener.host ?? ''}:${listener.port}`;
    // Any free port is a different one each time.
    if (seen.has(name) && !name.endsWith(':0')) throw new ConfigError(originOf(given), `${name} is given twice`);
    seen.add(name);
  }
}

/** @throws ConfigError when other machines reach a listener */
function requireLoopback(listeners: readonly LiveListener[], given: GivenValues): void {
  for (const listener of listeners) {
    if ('path' in listener || listener.host === undefined || isLoopbackHost(listener.host)) continue;
    throw new ConfigError(originOf(given), `other machines reach ${listener.host}: give -live.token-file`);
  }
}

function originOf(given: GivenValues): string {
  return given.all('live').at(-1)?.origin ?? '-live';
}
