import type { HttpConfig } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { accept, list } from './flag-value.js';
import { HTTP_FLAGS } from './http-flags.js';
import type { GivenValues } from './live-config.js';
import { portGroups } from './port-groups.js';

/** Most hosts with metrics of their own. */
const MAX_HOSTS = 64;

/**
 * Returns the configuration of HTTP that is read from packets; undefined without `-http.ports`.
 * @throws ConfigError, also for another flag of it without ports
 */
export function httpConfig(given: GivenValues): HttpConfig | undefined {
  const ports = portGroups(given.all('http.ports'), 'a port is read once', 'items of ports');
  if (ports.length === 0) {
    for (const { name } of HTTP_FLAGS) {
      const [value] = given.all(name);
      if (value === undefined || (name === 'http.archive' && parseGoBoolean(value.text) === false)) continue;
      throw new ConfigError(value.origin, 'no HTTP is read: give its ports with -http.ports');
    }
    return undefined;
  }
  const hosts = [...new Set(list(given.all('http.hosts'), parseHost, 'host names, such as www.example.com'))];
  if (hosts.length > MAX_HOSTS) {
    throw new ConfigError('-http.hosts', `${hosts.length} hosts are too many: at most ${MAX_HOSTS}`);
  }
  return {
    ports: ports.map(({ first, last }) => ({ first, last })),
    inArchives: accept(given.one('http.archive'), parseGoBoolean, 'true or false'),
    hosts,
  };
}

/** Parses a host as exchanges have it: in lower case, with its port unless that is 80. */
function parseHost(text: string): string | undefined {
  return /^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.test(text)
    ? text.toLowerCase().replace(/:80$/, '')
    : undefined;
}
