import { resolve } from 'node:path';
import { DESTROY_EVENTS_MODES, type DestroyEventsMode } from '../../collector/index.js';
import type { Config } from '../../daemon/index.js';
import { parseNamespaceTarget } from '../../host/index.js';
import { type FilterRule, FilterRuleError, parseFilterRule } from '../../inetdiag/index.js';
import type { ListenAddress } from '../../live/http/index.js';
import { NETWORK_METRIC_GROUPS, type NetworkMetricGroup } from '../../metrics/index.js';
import { ANONYMIZE_METHODS, type AnonymizeMethod } from '../../saver/index.js';
import { ConfigError } from '../flags/config-error.js';
import { environmentName, type GivenFlag, parseGoBoolean } from '../flags/go-args.js';
import {
  parseAddressKey,
  parseCount,
  parseDurationNs,
  parseListenAddress,
  parseLongDurationNs,
  parseMode,
  parsePercent,
  parsePort,
  parseSize,
} from '../flags/values.js';
import { alertsConfig } from './alerts-config.js';
import { accept, list, type Value } from './flag-value.js';
import { FLAGS, type FlagDefinition, type FlagName } from './flags.js';
import { httpConfig } from './http-config.js';
import { conntrackConfig, liveConfig, processConfig } from './live-config.js';
import { portGroups } from './port-groups.js';
import { recordingConfig } from './recorder-config.js';
import { recordConfig } from './recording-config.js';
import { servicesConfig } from './services-config.js';
import { streamConfig } from './stream-config.js';
import { watchConfig } from './watch-config.js';

/** Less than this, and a few frames on their way to the disk would be too much. */
const MIN_BUFFERED_BYTES = 1024 * 1024;

/**
 * Builds the configuration from the given flags, then the environment, then the defaults. An empty environment variable
 * counts as not set.
 * @throws ConfigError with the flag or variable, its value, and the accepted values
 */
export function resolveConfig(
  given: readonly GivenFlag[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Config {
  const values = (name: FlagName): Value[] => valuesOf(name, given, environment);
  const one = (name: FlagName): Value => values(name).at(-1) ?? { text: definition(name).fallback, origin: `-${name}` };
  const path = (name: FlagName): string | undefined => {
    const { text, origin } = one(name);
    if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
    return text === '' ? undefined : resolve(cwd, text);
  };
  const uuidPrefixFile = path('uuid-prefix-file');
  const eventSocket = path('tcpinfo.eventsocket');
  const netns = list(
    values('netns'),
    (text) => parseNamespaceTarget(text, cwd),
    "a name of 'ip netns', a path, a process id, or all",
  );
  const output = path('output') ?? cwd;
  const recording = recordingConfig({ all: values, one }, cwd, output);
  const live = liveConfig({ all: values, one }, cwd);
  const services = servicesConfig({ all: values, one }, cwd);
  const http = httpConfig({ all: values, one });
  const stream = streamConfig({ all: values, one }, environment, cwd, output);
  const alerts = alertsConfig({ all: values, one }, cwd, eventSocket);
  const record = recordConfig({ all: values, one }, cwd);
  return {
    intervalNs: duration(one('scan.interval'), 1e6, 3600e9, 'a duration from 1ms to 1h, such as 10ms'),
    ...cpuBudget(one('scan.cpu-budget')),
    destroyEvents: accept(one('events.destroy'), parseDestroyEvents, DESTROY_EVENTS_MODES.join(', ')),
    ...(netns.length === 0 ? {} : { netns }),
    reps: accept(one('reps'), parseCount, 'a whole number, 0 for no limit'),
    output,
    ...recording,
    ...(uuidPrefixFile === undefined ? {} : { uuidPrefixFile }),
    uuidPrefixAuto: uuidPrefixAuto(one('uuid-prefix'), uuidPrefixFile),
    rotateMs: duration(one('archive.rotate'), 1e9, 3 * 3600e9, 'a duration from 1s to 3h, such as 10m') / 1e6,
    flushAgeMs: duration(one('archive.flush-age'), 1e8, 3600e9, 'a duration from 100ms to 1h, such as 30s') / 1e6,
    syncMs: syncMs(one('archive.sync')),
    provenance: boolean(one('archive.provenance')),
    ...retention(one('archive.keep'), one('archive.max-size')),
    ...maxBuffered(one('archive.max-buffered')),
    fileMode: accept(one('archive.mode'), parseFileMode, 'an octal mode from 0600 to 0666, such as 0640'),
    excludedSrcPorts: list(values('exclude-srcport'), parsePort, 'ports from 0 to 65535, such as 9090,9100'),
    excludedDstAddressKeys: list(
      values('exclude-dstip'),
      parseAddressKey,
      'IP addresses, such as 192.0.2.1,2001:db8::1',
    ),
    filterRules: values('filter').flatMap(filterRules),
    filterInKernel: boolean(one('filter.kernel')),
    explainFilter: boolean(one('filter.explain')),
    anonymize: accept(one('anonymize.ip'), parseAnonymize, ANONYMIZE_METHODS.join(' or ')),
    metricsAddress: metricsAddress(given, (name) => values(name).at(-1)),
    portGroups: portGroups(values('metrics.ports')),
    disabledMetrics: list(values('metrics.disable'), parseMetricGroup, NETWORK_METRIC_GROUPS.join(', ')),
    ...(eventSocket === undefined ? {} : { eventSocket }),
    eventsReplay: ofEvents(one('events.replay'), eventSocket),
    eventsV2: ofEvents(one('events.v2'), eventSocket),
    ...(live === undefined ? {} : { live }),
    ...(services === undefined ? {} : { services }),
    ...(http === undefined ? {} : { http }),
    ...(stream === undefined ? {} : { stream }),
    watch: watchConfig(
      { all: values, one },
      {
        hasLive: live !== undefined,
        hasAlerts: alerts !== undefined,
        hasRecorder: recording.recorder !== undefined,
      },
    ),
    ...(alerts === undefined ? {} : { alerts }),
    ...(record === undefined ? {} : { record }),
    process: processConfig({ all: values, one }),
    conntrack: conntrackConfig({ all: values, one }),
    debug: boolean(one('logx.debug')),
    trace: boolean(one('trace')),
  };
}

function definition(name: FlagName): FlagDefinition {
  const found = FLAGS.find((flag) => flag.name === name);
  if (found === undefined) throw new RangeError(`no flag ${name}`);
  return found;
}

function valuesOf(
  name: FlagName,
  given: readonly GivenFlag[],
  environment: Readonly<Record<string, string | undefined>>,
): Value[] {
  const flags = given.filter((flag) => flag.name === name);
  if (flags.length > 0) return flags.map(({ value }) => ({ text: value, origin: `-${name}=${value}` }));
  const variable = environmentName(name);
  const text = environment[variable];
  return text === undefined || text === '' ? [] : [{ text, origin: `${variable}=${text} in the environment` }];
}

function boolean(value: Value): boolean {
  return accept(value, parseGoBoolean, 'true or false');
}

/** Parses a boolean about events. Without an event socket it would silently have no effect. */
function ofEvents(value: Value, eventSocket: string | undefined): boolean {
  const wanted = boolean(value);
  if (wanted && eventSocket === undefined) {
    throw new ConfigError(value.origin, 'there is no event socket: give one with -tcpinfo.eventsocket');
  }
  return wanted;
}

function uuidPrefixAuto(value: Value, file: string | undefined): boolean {
  if (value.text === '') return false;
  const wanted = accept(value, (text) => (text === 'auto' ? true : undefined), 'auto');
  if (file !== undefined) throw new ConfigError(value.origin, 'there is a prefix already, from -uuid-prefix-file');
  return wanted;
}

function syncMs(value: Value): number {
  if (value.text === '0') return 0;
  return duration(value, 1e8, 3600e9, 'a duration from 100ms to 1h, such as 2s, or 0') / 1e6;
}

function duration(value: Value, minNs: number, maxNs: number, expected: string): number {
  const inRange = (text: string): number | undefined => {
    const ns = parseDurationNs(text);
    return ns !== undefined && ns >= minNs && ns <= maxNs ? ns : undefined;
  };
  return accept(value, inRange, expected);
}

/** Lower limit: with less, hours would pass between two scans. */
const MIN_CPU_BUDGET = 0.001;

function cpuBudget(value: Value): Pick<Config, 'cpuBudget'> {
  if (value.text === '') return {};
  const parse = (text: string): number | undefined => {
    const share = atLeast(parsePercent(text), MIN_CPU_BUDGET);
    return share !== undefined && share <= 1 ? share : undefined;
  };
  return { cpuBudget: accept(value, parse, 'a percentage of one core from 0.1% to 100%, such as 20%') };
}

/** Lower limits: less would race with files being written, and is probably a forgotten unit. */
const MIN_KEEP_NS = 3600e9;
const MIN_ARCHIVE_BYTES = 2 ** 20;

function retention(keep: Value, maxSize: Value): Pick<Config, 'keepMs' | 'maxArchiveBytes'> {
  const parseKeep = (text: string): number | undefined => atLeast(parseLongDurationNs(text), MIN_KEEP_NS);
  const parseMaxSize = (text: string): number | undefined => atLeast(parseSize(text), MIN_ARCHIVE_BYTES);
  return {
    ...(keep.text === '' ? {} : { keepMs: accept(keep, parseKeep, 'a duration of at least 1h, such as 7d') / 1e6 }),
    ...(maxSize.text === ''
      ? {}
      : { maxArchiveBytes: accept(maxSize, parseMaxSize, 'a size of at least 1MiB, such as 50GiB') }),
  };
}

function atLeast(value: number | undefined, min: number): number | undefined {
  return value !== undefined && Number.isFinite(value) && value >= min ? value : undefined;
}

function maxBuffered(value: Value): Pick<Config, 'maxBufferedBytes'> {
  if (value.text === '') return {};
  const parse = (text: string): number | undefined => atLeast(parseSize(text), MIN_BUFFERED_BYTES);
  return { maxBufferedBytes: accept(value, parse, 'a size from 1MiB, such as 64MiB') };
}

/** Parses a mode that lets the owner read and write, and no one execute. */
function parseFileMode(text: string): number | undefined {
  const mode = parseMode(text);
  return mode !== undefined && (mode & 0o711) === 0o600 ? mode : undefined;
}

function filterRules({ text, origin }: Value): FilterRule[] {
  // The last rule may end with the separator, too.
  const rules = text.trim().replace(/;$/, '');
  if (rules === '') return [];
  return rules.split(';').map((rule) => {
    try {
      return parseFilterRule(rule);
    } catch (error) {
      if (!(error instanceof FilterRuleError)) throw error;
      throw new ConfigError(origin, error.message, { cause: error });
    }
  });
}

function parseMetricGroup(text: string): NetworkMetricGroup | undefined {
  return NETWORK_METRIC_GROUPS.find((group) => group === text);
}

function parseAnonymize(text: string): AnonymizeMethod | undefined {
  return ANONYMIZE_METHODS.find((method) => method === text);
}

function parseDestroyEvents(text: string): DestroyEventsMode | undefined {
  return DESTROY_EVENTS_MODES.find((mode) => mode === text);
}

/** Reads the metrics address: `-prom` stands for `-prometheusx.listen-address`; flags win over the environment. */
function metricsAddress(given: readonly GivenFlag[], last: (name: FlagName) => Value | undefined): ListenAddress {
  const isGiven = (name: FlagName): boolean => given.some((flag) => flag.name === name);
  const full = 'prometheusx.listen-address';
  const [short, long] = [last('prom'), last(full)];
  // Two different values from the same place: either could be meant.
  if (short !== undefined && long !== undefined && isGiven('prom') === isGiven(full) && short.text !== long.text) {
    throw new ConfigError(short.origin, `contradicts ${long.origin}; give one of the two`);
  }
  const chosen = isGiven(full) ? long : isGiven('prom') ? short : (short ?? long);
  const value = chosen ?? { text: definition(full).fallback, origin: `-${full}` };
  return accept(value, parseListenAddress, 'a port or HOST:PORT, such as 7070 or 127.0.0.1:7070');
}
