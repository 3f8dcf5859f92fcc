import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { beginsSoundly, FRAME_START, type SoundPrefix, soundPrefix, type ZstdError } from '../../zstd/index.js';
import { type FileIdentity, identityOf } from './identity.js';
import { readRange } from './read-range.js';

/** Condition of an archive. */
export type Condition =
  /** All frames are valid. */
  | 'whole'
  /** Valid frames, followed by a truncated frame or by zeros only. */
  | 'cut'
  /** Nothing can be read: the file has 0 bytes, only zeros, or is truncated within its first frame. */
  | 'empty'
  /** Any other fault: damaged frames, valid frames after damage, or an incomplete line at the end of valid frames. */
  | 'damaged';

/** Result of examining an archive. */
export interface Finding {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly condition: Condition;
  /** Size of the valid frames at the beginning, in bytes. */
  readonly soundBytes: number;
  /** Description of the fault; empty without a fault. */
  readonly what: string;
}

const NEWLINE = 0x0a;
/** Maximum number of possible frames that are tried after damage; a file with more is not changed. */
const MAX_CANDIDATES = 1000;

/**
 * Reads an archive to its end and returns its condition, with the memory for one frame.
 * @returns undefined when the path is not a regular file (symbolic links are not followed)
 * @throws system errors
 */
export async function examineArchive(path: string): Promise<Finding | undefined> {
  // O_NONBLOCK, because opening a pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) return undefined;
    const identity = identityOf(stat);
    const sound = await soundPrefix(readRange(file, 0, identity.size));
    return { path, identity, soundBytes: sound.bytes, ...(await judge(file, identity.size, sound)) };
  } finally {
    await file.close();
  }
}

async function judge(
  file: FileHandle,
  size: number,
  { bytes, lastByte, damage }: SoundPrefix,
): Promise<Pick<Finding, 'condition' | 'what'>> {
  if (size === 0) return { condition: 'empty', what: 'file is empty' };
  const unfinished = lastByte !== undefined && lastByte !== NEWLINE;
  if (damage === undefined) {
    return unfinished ? { condition: 'damaged', what: 'last line is incomplete' } : { condition: 'whole', what: '' };
  }
  // Truncating here would leave half a line at the end, or drop a valid frame.
  if (unfinished)
    return { condition: 'damaged', what: `${damage.message}, and the frames before it end with an incomplete line` };
  if (!(await isCut(file, size, damage))) return { condition: 'damaged', what: damage.message };
  if (await hasSoundFrame(file, damage.at + 1, size)) {
    return { condition: 'damaged', what: `${damage.message}, but valid frames follow it` };
  }
  return { condition: bytes === 0 ? 'empty' : 'cut', what: damage.message };
}

/** Returns whether a crash explains the damage: the file ends within a frame, or only zeros follow (power failure). */
async function isCut(file: FileHandle, size: number, damage: ZstdError): Promise<boolean> {
  if (damage.code === 'ERR_TRUNCATED') return true;
  for await (const chunk of readRange(file, damage.at, size)) if (chunk.some((byte) => byte !== 0)) return false;
  return true;
}

/** Returns whether a valid frame begins in the range: a wrong length in a header can make a file look truncated. */
async function hasSoundFrame(file: FileHandle, start: number, end: number): Promise<boolean> {
  let candidates = 0;
  let begun = Buffer.alloc(0);
  let at = start;
  for await (const chunk of readRange(file, start, end)) {
    const window = Buffer.concat([begun, chunk]);
    for (let i = window.indexOf(FRAME_START); i !== -1; i = window.indexOf(FRAME_START, i + 1)) {
      if (++candidates > MAX_CANDIDATES) return true;
      const from = at - begun.length + i;
      if (await beginsSoundly(readRange(file, from, end))) return true;
    }
    at += chunk.length;
    begun = window.subarray(Math.max(0, window.length - FRAME_START.length + 1));
  }
  return false;
}
