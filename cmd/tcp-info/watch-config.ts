import type { WatchSettings } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { parseDurationNs } from '../flags/values.js';
import { accept } from './flag-value.js';
import type { GivenValues } from './live-config.js';
import { WATCH_FLAGS } from './watch-flags.js';

const MAX_CONNECTIONS = 256;
const NS_PER_MS = 1e6;

/**
 * Returns the configuration of watches.
 * @throws ConfigError, also for a flag of watches without `-live`
 */
export function watchConfig(given: GivenValues, hasLive: boolean): WatchSettings {
  if (!hasLive) {
    for (const { name } of WATCH_FLAGS) {
      const [value] = given.all(name);
      if (value !== undefined) throw new ConfigError(value.origin, 'there is no live API: give its address with -live');
    }
  }
  return {
    filters: given.all('watch').map(({ text }) => text),
    intervalMs: accept(given.one('watch.interval'), parseInterval, 'whole milliseconds from 1ms to 1s, such as 1ms'),
    maxConnections: accept(given.one('watch.max'), parseMost, `a whole number from 1 to ${MAX_CONNECTIONS}`),
    inArchives: accept(given.one('watch.archive'), parseGoBoolean, 'true or false'),
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
