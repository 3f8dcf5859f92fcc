import { editDistance } from '../../words/index.js';
import { DEFAULT_FORWARD, LOCALHOST } from './forward-argument.js';
import { CONFIG_KEYS, type ConfigKey, type ConfigKeyName, findKey, type Settings } from './keys.js';
import { formatSid, onlyPort } from './listen-address.js';
import {
  DEFAULT_WAIT_MS,
  FORWARD_LIMITS,
  type ForwardOptions,
  type LimitOptions,
  NO_LIMITS,
  type ServiceConfig,
  type ServiceMode,
} from './service-config.js';
import { found, uniqueEntries } from './value-readers.js';
import type { ReportAt, YamlMap, YamlScalar } from './yaml-tree.js';

/** Service of a file, with what the file says of it. */
export interface ReadService {
  readonly config: Omit<ServiceConfig, 'place'>;
  readonly settings: Settings;
}

/** Longest name of a service: it is a label of metrics. */
const MAX_NAME = 128;

/** Reads one service. Reports everything that is wrong; undefined if a part is missing without which there is no service. */
export function readService(name: YamlScalar, map: YamlMap, report: ReportAt): ReadService | undefined {
  const settings: Settings = {};
  const places = new Map<ConfigKeyName, number>();
  // A half of a surrogate pair cannot be a label: two such names would be one.
  if (name.text === '' || name.text.length > MAX_NAME || /[\p{Cc}\p{Cs}]/u.test(name.text)) {
    report(
      name.at,
      `a service's name has 1 to ${MAX_NAME} characters, none of them a control character or a surrogate`,
    );
  }
  for (const { key, value } of uniqueEntries(map.entries, report)) {
    const known = findKey(key.text);
    if (known === undefined) {
      report(key.at, `unknown key ${found(key.text)}${suggestion(key.text)}`);
    } else {
      places.set(known, key.at);
      readInto(settings, known, CONFIG_KEYS[known] as ConfigKey<unknown>, value, report);
    }
  }
  const mode: ServiceMode = places.has('backend_port') ? 'forwarded' : 'watched';
  checkMode(mode, settings, places, report);
  const { listen_port: listenPorts } = settings;
  if (!places.has('listen_port')) report(name.at, `service ${found(name.text)} has no listen_port`);
  if (listenPorts === undefined) return undefined;
  if (mode === 'forwarded' && onlyPort(listenPorts) === undefined) {
    report(
      places.get('listen_port') ?? name.at,
      'a forwarded service has one listen_port; ranges are for watched services',
    );
  }
  const listenHost = settings.listen_ip?.host;
  const sid = formatSid(listenHost, listenPorts);
  return {
    settings,
    config: {
      name: name.text,
      sid,
      mode,
      listenHost,
      listenPorts,
      limits: limitsOf(mode, settings),
      reject: settings.reject ?? 'rst',
      waitTimeoutMs: settings.wait_timeout ?? DEFAULT_WAIT_MS,
      forward: mode === 'forwarded' ? forwardOf(settings) : undefined,
    },
  };
}

function readInto(
  settings: Settings,
  name: ConfigKeyName,
  key: ConfigKey<unknown>,
  value: YamlMap['entries'][number]['value'],
  report: ReportAt,
): void {
  const read = key.read(value, (at, reason) => report(at, `${name}: ${reason}`));
  if (read !== undefined) Object.assign(settings, { [name]: read });
}

/** Reports keys that ask for something which a service of this mode cannot do: no rule is ignored. */
function checkMode(
  mode: ServiceMode,
  settings: Settings,
  places: ReadonlyMap<ConfigKeyName, number>,
  report: ReportAt,
): void {
  for (const [name, at] of places) {
    const { only, isOff } = CONFIG_KEYS[name] as ConfigKey<unknown>;
    const value = settings[name];
    if (only === undefined || only === mode || value === undefined || isOff?.(value) === true) continue;
    report(at, `${name} needs a forwarded service: add backend_port, or remove it`);
  }
  const at = places.get('when_full');
  if (mode === 'watched' && settings.when_full === 'wait' && at !== undefined) {
    report(at, 'when_full: a watched service cannot make connections wait: expected reject or evict_idle');
  }
  const dump = places.get('dump') ?? places.get('print_bytes');
  if (settings.print_bytes === true && settings.dump !== undefined && settings.dump !== 'go' && dump !== undefined) {
    report(dump, 'print_bytes is `dump: go`: remove one of both');
  }
}

function limitsOf(mode: ServiceMode, settings: Settings): LimitOptions {
  const defaults = mode === 'forwarded' ? FORWARD_LIMITS : NO_LIMITS;
  return {
    connLimit: settings.conn_limit ?? defaults.connLimit,
    ipLimit: settings.ip_limit ?? defaults.ipLimit,
    ipConnLimit: settings.ip_conn_limit ?? defaults.ipConnLimit,
    ipPrefix: { ...defaults.ipPrefix, ...settings.ip_prefix },
    whenFull: settings.when_full ?? defaults.whenFull,
    blacklist: settings.ip_blacklist ?? defaults.blacklist,
    allowlist: settings.ip_allowlist ?? defaults.allowlist,
    maxIdleMs: settings.max_idle ?? defaults.maxIdleMs,
    idleCounts: settings.idle_counts ?? defaults.idleCounts,
    maxLifetimeMs: settings.max_lifetime ?? defaults.maxLifetimeMs,
    readTimeoutMs: settings.read_timeout ?? defaults.readTimeoutMs,
    writeTimeoutMs: settings.write_timeout ?? defaults.writeTimeoutMs,
  };
}

function forwardOf(settings: Settings): ForwardOptions {
  const dump = settings.dump ?? (settings.print_bytes === true ? 'go' : DEFAULT_FORWARD.dump);
  return {
    backendHost: settings.backend_ip ?? LOCALHOST,
    // Reported if it could not be read.
    backendPort: settings.backend_port ?? 0,
    connectTimeoutMs: settings.connect_timeout ?? DEFAULT_FORWARD.connectTimeoutMs,
    keepalive: settings.keepalive ?? DEFAULT_FORWARD.keepalive,
    proxyProtocol: settings.proxy_protocol ?? DEFAULT_FORWARD.proxyProtocol,
    source: settings.source ?? DEFAULT_FORWARD.source,
    dump,
    dumpMaxBytes: settings.dump_max ?? DEFAULT_FORWARD.dumpMaxBytes,
    dumpBytesPerSec: settings.dump_rate ?? DEFAULT_FORWARD.dumpBytesPerSec,
    dumpFile: settings.dump_file,
  };
}

/** Returns `; did you mean …?` for a name that differs by few letters from a key. */
function suggestion(text: string): string {
  if (text.length > 40) return '';
  let nearest: string | undefined;
  let least = 3;
  for (const name of Object.keys(CONFIG_KEYS)) {
    const distance = editDistance(text, name);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
