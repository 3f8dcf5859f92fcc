import { formatPortRange, formatPrefix, type Prefix } from '../../inetdiag/index.js';
import { formatDuration } from '../../words/index.js';
import type { ServiceConfig } from './service-config.js';

/**
 * Formats services as a file that {@link parseServices} reads to equal services: every key is there, with its value.
 * `--check` prints it.
 */
export function formatServices(services: readonly ServiceConfig[]): string {
  return services.map((service) => `${quoted(service.name)}:\n${lines(service)}`).join('\n');
}

function lines(service: ServiceConfig): string {
  return rows(service)
    .map(([key, value]) => `  ${key}: ${value}\n`)
    .join('');
}

function rows({ limits, forward, ...service }: ServiceConfig): [string, string | number | boolean][] {
  return [
    ['listen_ip', quoted(service.listenHost ?? '*')],
    ['listen_port', quoted(service.listenPorts.map(formatPortRange).join(','))],
    ['read_timeout', duration(limits.readTimeoutMs)],
    ['write_timeout', duration(limits.writeTimeoutMs)],
    ['wait_timeout', duration(service.waitTimeoutMs)],
    ['max_idle', duration(limits.maxIdleMs)],
    ['conn_limit', limits.connLimit],
    ['ip_limit', limits.ipLimit],
    ['ip_blacklist', prefixes(limits.blacklist)],
    ['ip_conn_limit', limits.ipConnLimit],
    ['ip_prefix', `{v4: ${limits.ipPrefix.v4}, v6: ${limits.ipPrefix.v6}}`],
    ['ip_allowlist', prefixes(limits.allowlist)],
    ['idle_counts', limits.idleCounts],
    ['max_lifetime', duration(limits.maxLifetimeMs)],
    ['when_full', limits.whenFull],
    ['reject', service.reject],
    ...(forward === undefined ? [] : forwardRows(forward)),
  ];
}

function forwardRows(forward: NonNullable<ServiceConfig['forward']>): [string, string | number | boolean][] {
  return [
    ['backend_ip', quoted(forward.backendHost)],
    ['backend_port', forward.backendPort],
    ['keepalive', forward.keepalive],
    ['connect_timeout', duration(forward.connectTimeoutMs)],
    ['proxy_protocol', forward.proxyProtocol],
    ['source', typeof forward.source === 'string' ? forward.source : quoted(forward.source.address)],
    ['dump', forward.dump],
    ['dump_max', forward.dumpMaxBytes],
    ['dump_rate', forward.dumpBytesPerSec],
    ...(forward.dumpFile === undefined ? [] : ([['dump_file', quoted(forward.dumpFile)]] as [string, string][])),
  ];
}

/** Every JSON string is a string of YAML 1.2. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function duration(ms: number): string {
  return ms === 0 ? '0' : formatDuration(ms * 1e6);
}

function prefixes(list: readonly Prefix[]): string {
  return `[${list.map((prefix) => quoted(formatPrefix(prefix))).join(', ')}]`;
}
