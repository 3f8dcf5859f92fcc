import type { FlagDefinition } from './flag-definition.js';

const DIAGNOSIS = 'Diagnosis';

/** Flags of the recording of netlink batches. */
export const RECORDING_FLAGS = [
  {
    name: 'record.netlink',
    group: DIAGNOSIS,
    boolean: false,
    placeholder: 'FILE',
    help: "Record what the kernel's sockets reported to FILE, for 'tcp-info replay'. It holds addresses, so its mode is 0600. Without it: no recording.",
    fallback: '',
  },
  {
    name: 'record.max-size',
    group: DIAGNOSIS,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Disk space of the recording, at least 1MiB. Of its two files, the older one is replaced when the newer one has half of it.',
    fallback: '64MiB',
  },
] as const satisfies readonly FlagDefinition[];
