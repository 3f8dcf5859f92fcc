import type { RecordingHeader } from '../../../collector/recording/index.js';
import { ConfigError } from '../../flags/config-error.js';
import { type GivenFlag, normalizeGoArgs, parseGoBoolean } from '../../flags/go-args.js';
import { FLAGS } from '../flags.js';

/** Flags that decide what is written, sent and counted: those of the recorded collector hold unless they are given. */
export const KEPT_FLAGS: readonly string[] = [
  'scan.interval',
  'archive.rotate',
  'archive.flush-age',
  'archive.sync',
  'archive.provenance',
  'archive.max-buffered',
  'archive.mode',
  'exclude-srcport',
  'exclude-dstip',
  'filter',
  'filter.kernel',
  'metrics.ports',
  'metrics.disable',
];

/** Flags that would read this machine, or change what the recording decides. */
const REFUSED: readonly string[] = [
  'netns',
  'scan.cpu-budget',
  'events.destroy',
  'uuid-prefix-file',
  'uuid-prefix',
  'anonymize.ip',
  'live.loopback',
  'process',
  'archive.process',
  'conntrack',
  'conntrack.archive',
  // Rules are looked at by the seconds of this machine.
  'alerts',
  'alerts.events',
  'alerts.webhook',
  'alerts.webhook-token-file',
  'watch',
  'watch.interval',
  'watch.max',
  'watch.archive',
  'services',
  'services.enforce',
  'http.ports',
  'http.archive',
  'http.hosts',
  'record.netlink',
  'record.max-size',
];

/** Returns whether the recorded collector archived every record of watched connections. */
export function archivedWatches({ flags }: RecordingHeader): boolean {
  const last = flags.findLast(({ name }) => name === 'watch.archive');
  return last !== undefined && parseGoBoolean(last.value) === true;
}

/** Metrics that are read from the machine at a scrape. */
const OF_THIS_MACHINE = '-metrics.disable=ephemeral,conntrack';

/**
 * Returns the arguments of the collector for a replay: the recorded flags that decide what it makes, then those given.
 * @throws ConfigError
 */
export function replayArguments({ flags: recorded }: RecordingHeader, args: readonly string[]): string[] {
  const given = normalizeGoArgs(args, FLAGS);
  const refused = given.find(({ name }) => REFUSED.includes(name));
  if (refused !== undefined) {
    throw new ConfigError(
      `-${refused.name}=${refused.value}`,
      'a replay takes this from the recording, and reads nothing of this machine',
    );
  }
  const kept = recorded.filter(({ name }) => KEPT_FLAGS.includes(name) && !given.some((flag) => flag.name === name));
  const isServed = given.some(({ name }) => name === 'prom' || name === 'prometheusx.listen-address');
  return [
    ...kept.map(argument),
    OF_THIS_MACHINE,
    '-process=off',
    // A collector of this machine has the usual port.
    ...(isServed ? [] : ['-prom=127.0.0.1:0']),
    ...given.map(argument),
  ];
}

function argument({ name, value }: GivenFlag): string {
  return `-${name}=${value}`;
}
