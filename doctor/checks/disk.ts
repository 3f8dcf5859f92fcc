import { type FileSystem, fileSystemOf } from '../../host/index.js';
import { defineCheck, type Verdict } from '../check.js';
import { type DiskSpeed, measureDisk, measureSpace, type Space } from '../probes/disk.js';
import { type OutputFindings, probeOutput } from '../probes/output.js';
import { bytes, count, percent, time } from '../words.js';

const GIB = 2 ** 30;
const LOW_SPACE = 0.05;
/** Time to create a file above which a disk cannot keep up with 200 new connections a second. */
const SLOW_CREATE_NS = 5e6;
const SLOW_WRITE = 10 * 2 ** 20;

const ELSEWHERE = 'give another folder with -output, or change its owner or mode (chown, chmod)';
const REMEDIES: Readonly<Record<string, string>> = {
  EROFS: 'mount the file system for writing, or give a folder on another one with -output',
  ENOSPC: 'free space or inodes, or give a folder on another file system with -output',
  EDQUOT: "free some of the user's quota, or raise it",
  ENOTDIR: 'give a folder with -output',
  ERR_TIMEOUT: 'see what keeps the file system from answering: a server that is away, a frozen or failing disk',
};

type OutputFacts = OutputFindings & Partial<FileSystem>;

/** Check of the output folder. */
export const output = defineCheck<OutputFacts>({
  name: 'output',
  tells: 'whether files can be made in the output folder, and what kind of file system it is on',
  fails: 'it is not a folder, it cannot be made, or no file can be made in it',
  remedy: 'another `-output`, or the owner, mode or mount of this one',
  gather: async ({ options, traces, read }) => {
    const found = await probeOutput(options.output, traces);
    return { ...found, ...fileSystemOf(found.folder, read('/proc/self/mountinfo') ?? '') };
  },
  judge: ({ path, exists, code, error, type, folder }) => {
    if (error !== undefined) {
      const where = exists ? path : `${path}, to be made in ${folder}`;
      return { level: 'fail', found: `${where}: ${error}`, advice: REMEDIES[code ?? ''] ?? ELSEWHERE };
    }
    const kind = type === undefined ? '' : ` on ${type}`;
    const memory = type === 'tmpfs' || type === 'ramfs' ? ', in memory: gone at the next boot' : '';
    const layer = type === 'overlay' ? ", the container's own layer: gone with the container" : '';
    return { level: 'ok', found: `${path}${exists ? '' : ' (will be made)'}${kind}${memory}${layer}` };
  },
});

/** Check of free space. */
export const diskSpace = defineCheck<Space>({
  name: 'disk-space',
  tells: 'free space and inodes of the output folder: each archive takes at least an inode and a block',
  warns: `less than ${bytes(GIB)} or ${percent(LOW_SPACE)} of the space, or ${percent(LOW_SPACE)} of the inodes, is free`,
  fails: 'nothing is free',
  remedy: 'free some, a larger disk, or `-archive.keep` and `-archive.max-size`',
  needs: ['output'],
  gather: ({ options }) => measureSpace(options.output),
  judge: judgeSpace,
});

function judgeSpace({ freeBytes, totalBytes, freeInodes, totalInodes }: Space): Verdict {
  const space = `${bytes(freeBytes)} free of ${bytes(totalBytes)} (${percent(freeBytes / totalBytes)})`;
  const inodes = totalInodes === 0 ? '' : `, ${count(freeInodes)} inodes (${percent(freeInodes / totalInodes)})`;
  const found = `${space}${inodes}`;
  const fewInodes = totalInodes > 0 && freeInodes / totalInodes < LOW_SPACE;
  if (freeBytes >= GIB && freeBytes / totalBytes >= LOW_SPACE && !fewInodes) return { level: 'ok', found };
  const isFull = freeBytes === 0 || (totalInodes > 0 && freeInodes === 0);
  return {
    level: isFull ? 'fail' : 'warn',
    found,
    advice: 'free some, use a larger disk, or limit what archives take with -archive.keep and -archive.max-size',
  };
}

/** Check of the disk's speed. */
export const diskSpeed = defineCheck<DiskSpeed>({
  name: 'disk-speed',
  tells: 'how long it takes to create a file (one per connection), and how fast a file is written',
  warns: `creating a file takes more than ${time(SLOW_CREATE_NS)} in the median, or less than ${bytes(SLOW_WRITE)} a second is written`,
  remedy: 'a faster disk, best a local one',
  needs: ['output'],
  gather: ({ options }) => measureDisk(options.output, options.writeInside),
  judge: ({ createMedianNs, createP99Ns, bytesPerSecond, notWritten }) => {
    const creates = `a file is created in ${time(createMedianNs)} (p99 ${time(createP99Ns)})`;
    const writes =
      bytesPerSecond === undefined ? `writing not tried: ${notWritten}` : `${bytes(bytesPerSecond)}/s written`;
    const found = `${creates}; ${writes}`;
    const isSlow = createMedianNs > SLOW_CREATE_NS || (bytesPerSecond ?? Number.POSITIVE_INFINITY) < SLOW_WRITE;
    if (!isSlow) return { level: 'ok', found };
    return { level: 'warn', found, advice: 'give a folder on a faster disk with -output, best a local one' };
  },
});
