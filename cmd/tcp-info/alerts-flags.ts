import type { FlagDefinition } from './flag-definition.js';

const ALERTS = 'Alerts';

/** Flags of alerts. */
export const ALERTS_FLAGS = [
  {
    name: 'alerts',
    group: ALERTS,
    boolean: false,
    placeholder: 'FILE',
    help: 'File of rules, in JSON: conditions on connections, groups or the machine that are told when they hold. SIGHUP reads it again. Without it: none.',
    fallback: '',
  },
  {
    name: 'alerts.events',
    group: ALERTS,
    boolean: true,
    help: 'Tell alerts on the event socket, too, as events of number 2.',
    fallback: 'false',
  },
  {
    name: 'alerts.webhook',
    group: ALERTS,
    boolean: false,
    placeholder: 'URL',
    help: 'Address that alerts are posted to, in the shape of the webhooks of Alertmanager; one that ends with /api/v2/alerts is an Alertmanager. The only connection that the collector makes.',
    fallback: '',
  },
  {
    name: 'alerts.webhook-token-file',
    group: ALERTS,
    boolean: false,
    placeholder: 'FILE',
    help: 'File that holds the token for the webhook, 16 to 256 characters, not readable by other users, sent as Authorization: Bearer.',
    fallback: '',
  },
] as const satisfies readonly FlagDefinition[];
