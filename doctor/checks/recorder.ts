import { defineCheck, type Verdict } from '../check.js';
import { probeRecorder, type RecorderFindings } from '../probes/recordings.js';
import { bytes, plural } from '../words.js';

/** Share of the memory in use beyond which frames are dropped before their time. */
const FULL = 0.95;

/** Check of the flight recorder of a running collector. It is optional. */
export const recorder = defineCheck<RecorderFindings>({
  name: 'recorder',
  tells: 'whether the collector at --live has a flight recorder (`-recorder`), what it holds, and whether it can write',
  warns: 'its memory is full, so that it reaches less far back, or its newest recording failed',
  remedy: 'more memory for it, or room and rights for its folder',
  gather: ({ options: { live } }) => probeRecorder(live.place),
  judge: ({ status, memory, path = '', saved = 0, failure }): Verdict => {
    if (status === undefined) return { level: 'ok', found: 'no collector answers that could have one' };
    if (memory === undefined) return { level: 'ok', found: 'the collector has none; -recorder switches it on' };
    const found = `${bytes(memory.bytes)} of ${bytes(memory.maxBytes)} in memory; ${plural(saved, 'recording')} in ${path}`;
    if (failure !== undefined) {
      return {
        level: 'warn',
        found: `${found}; the newest failed: ${failure}`,
        advice: 'give the folder room and rights',
      };
    }
    if (memory.bytes > memory.maxBytes * FULL) {
      return {
        level: 'warn',
        found: `${found}: it is full, and drops records before their time`,
        advice: 'raise -recorder.max-size, or lower -recorder',
      };
    }
    return { level: 'ok', found };
  },
});
