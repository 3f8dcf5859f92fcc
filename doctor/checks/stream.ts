import { dirname } from 'node:path';
import { type FileSystem, fileSystemOf } from '../../host/index.js';
import { defineCheck } from '../check.js';
import { measureSpace, type Space } from '../probes/disk.js';
import { type OutputFindings, probeOutput } from '../probes/output.js';
import { bytes } from '../words.js';

/** Bound of the folder without -stream.max-size. */
const USUAL_BYTES = 2 ** 30;

interface StreamFacts extends OutputFindings, Partial<FileSystem>, Partial<Pick<Space, 'freeBytes'>> {}

/** Check of the folder for the stream of rows. */
export const stream = defineCheck<StreamFacts>({
  name: 'stream',
  tells:
    'whether files can be made in the folder of the stream of rows, and what room it has; only with --stream-output',
  warns: `less than ${bytes(USUAL_BYTES)} is free`,
  fails: 'no file can be made in it, or the folder that it is to be made in does not exist',
  remedy: 'another `-stream.output`, its owner, mode or mount; a smaller `-stream.max-size`',
  wanted: ({ options }) => options.streamOutput !== undefined,
  gather: async ({ options: { streamOutput: path = '' }, traces, read }) => {
    const found = await probeOutput(path, traces);
    if (found.error !== undefined) return found;
    const { freeBytes } = await measureSpace(path);
    return { ...found, freeBytes, ...fileSystemOf(found.folder, read('/proc/self/mountinfo') ?? '') };
  },
  judge: ({ path, exists, folder, error, type, freeBytes = 0 }) => {
    if (error !== undefined) {
      const advice = 'give another folder with -stream.output, or change its owner or mode (chown, chmod)';
      return { level: 'fail', found: `${path}: ${error}`, advice };
    }
    if (!exists && folder !== dirname(path)) {
      const advice = 'make that folder, or mount what is to be there';
      return { level: 'fail', found: `${path}: the folder ${dirname(path)} does not exist`, advice };
    }
    const memory = type === 'tmpfs' || type === 'ramfs' ? ', in memory: gone at the next boot' : '';
    const made = exists ? '' : ' (will be made)';
    const found = `${path}${made}${type === undefined ? '' : ` on ${type}`}${memory}; ${bytes(freeBytes)} free`;
    if (freeBytes >= USUAL_BYTES) return { level: 'ok', found };
    return { level: 'warn', found, advice: 'give it more room, or less to take with -stream.max-size' };
  },
});
