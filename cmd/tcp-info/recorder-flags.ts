import type { FlagDefinition } from './flag-definition.js';

const RECORDER = 'Flight recorder';

/** Flags of the flight recorder. */
export const RECORDER_FLAGS = [
  {
    name: 'recorder',
    group: RECORDER,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time for which the records of every connection stay in memory, so that they can be saved when something has gone wrong, 1s to 1h, such as 60s. Without it: no recorder.',
    fallback: '',
  },
  {
    name: 'recorder.output',
    group: RECORDER,
    boolean: false,
    placeholder: 'DIR',
    help: 'Folder for recordings, created if missing; required with -recorder. It must not lie in the folder of -output, nor that in it.',
    fallback: '',
  },
  {
    name: 'recorder.max-size',
    group: RECORDER,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Memory of the recorder, at least 1MiB; beyond it the oldest records are dropped.',
    fallback: '64MiB',
  },
  {
    name: 'recorder.keep',
    group: RECORDER,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Delete recordings older than this; at least 1h.',
    fallback: '7d',
  },
  {
    name: 'recorder.max-disk',
    group: RECORDER,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Delete the oldest recordings while all of them take more disk space than this; at least 1MiB.',
    fallback: '1GiB',
  },
] as const satisfies readonly FlagDefinition[];
