import type { FlagDefinition } from './flag-definition.js';

const SERVICES = 'Watched services';

/** Flags of watched services. */
export const SERVICES_FLAGS = [
  {
    name: 'services',
    group: SERVICES,
    boolean: false,
    placeholder: 'FILE',
    help: 'File of services, in YAML: listening ports whose connections and bytes are counted, loopback included, in metrics of their own. Without it: none.',
    fallback: '',
  },
  {
    name: 'services.enforce',
    group: SERVICES,
    boolean: true,
    help: 'End connections that break the limits of a service; needs CAP_NET_ADMIN. =existing: counts also end those that were there at the start; =dry-run: only log what would be ended.',
    fallback: 'false',
  },
] as const satisfies readonly FlagDefinition[];
