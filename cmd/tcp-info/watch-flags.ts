import type { FlagDefinition } from './flag-definition.js';

const WATCHES = 'Watches';

/** Flags of watches: reads of single connections beside the scans. */
export const WATCH_FLAGS = [
  {
    name: 'watch',
    group: WATCHES,
    boolean: false,
    list: true,
    placeholder: 'EXPRESSION',
    help: "Connections to read more often than scans do, such as 'dport 443 limited = loss'; also later ones. Repeatable. Without -live it needs -watch.archive or -recorder.",
    fallback: '',
  },
  {
    name: 'watch.interval',
    group: WATCHES,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time between two reads of a connection of -watch, 1ms to 1s.',
    fallback: '1ms',
  },
  {
    name: 'watch.max',
    group: WATCHES,
    boolean: false,
    placeholder: 'N',
    help: 'Connections that are watched at a time, 1 to 256; of more, those that move the most.',
    fallback: '64',
  },
  {
    name: 'watch.archive',
    group: WATCHES,
    boolean: true,
    help: 'Archive every record of a watched connection. Without it: the newest one of each -scan.interval.',
    fallback: 'false',
  },
] as const satisfies readonly FlagDefinition[];
