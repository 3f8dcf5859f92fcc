import type { FlagDefinition } from './flag-definition.js';

const HTTP = 'HTTP on the wire';

/** Flags of HTTP that is read from packets. */
export const HTTP_FLAGS = [
  {
    name: 'http.ports',
    group: HTTP,
    boolean: false,
    list: true,
    placeholder: 'PORTS',
    help: 'Ports and ranges, such as 80,8000-8010, whose plain HTTP is read from packets, in each network namespace that is recorded. At most 64, repeatable. Needs CAP_NET_RAW. Without it: none.',
    fallback: '',
  },
  {
    name: 'http.archive',
    group: HTTP,
    boolean: true,
    help: 'Write HTTP exchanges to archives of their own, in the folder http of each day.',
    fallback: 'false',
  },
  {
    name: 'http.hosts',
    group: HTTP,
    boolean: false,
    list: true,
    placeholder: 'NAMES',
    help: 'Hosts that get HTTP metrics of their own: a comma-separated list, at most 64, repeatable.',
    fallback: '',
  },
] as const satisfies readonly FlagDefinition[];
