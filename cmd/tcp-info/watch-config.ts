import type { WatchSettings } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { parseDurationNs } from '../flags/values.js';
import { accept } from './flag-value.js';
import type { GivenValues } from './live-config.js';
import { WATCH_FLAGS } from './watch-flags.js';

const MAX_CONNECTIONS = 256;
const NS_PER_MS = 1e6;

/** Parts of the collector that begin watches, or show what they read. */
export interface WatchSurroundings {
  readonly hasLive: boolean;
  readonly hasAlerts: boolean;
  readonly hasRecorder: boolean;
}

/**
 * Returns the configuration of watches.
 * @throws ConfigError, also for a flag that has no effect: nothing begins a watch, or nothing shows what it reads
 */
export function watchConfig(given: GivenValues, { hasLive, hasAlerts, hasRecorder }: WatchSurroundings): WatchSettings {
  const filters = given.all('watch');
  if (filters.length === 0 && !hasLive && !hasAlerts) {
    const [value] = WATCH_FLAGS.flatMap(({ name }) => given.all(name));
    if (value !== undefined) throw new ConfigError(value.origin, 'nothing is watched: give -watch, -live or -alerts');
  }
  const inArchives = accept(given.one('watch.archive'), parseGoBoolean, 'true or false');
  const [first] = filters;
  if (first !== undefined && !hasLive && !hasRecorder && !inArchives) {
    throw new ConfigError(
      first.origin,
      'nothing would show what is read: give -watch.archive for archives, -recorder for recordings, or -live',
    );
  }
  return {
    filters: filters.map(({ text }) => text),
    intervalMs: accept(given.one('watch.interval'), parseInterval, 'whole milliseconds from 1ms to 1s, such as 1ms'),
    maxConnections: accept(given.one('watch.max'), parseMost, `a whole number from 1 to ${MAX_CONNECTIONS}`),
    inArchives,
  };
}

function parseInterval(text: string): number | undefined {
  const ms = (parseDurationNs(text) ?? 0) / NS_PER_MS;
  return Number.isInteger(ms) && ms >= 1 && ms <= 1000 ? ms : undefined;
}

function parseMost(text: string): number | undefined {
  const most = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return most >= 1 && most <= MAX_CONNECTIONS ? most : undefined;
}
