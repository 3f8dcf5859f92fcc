import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { beginsSoundly, FRAME_START, type SoundPrefix, soundPrefix, type ZstdError } from '../zstd/index.js';
import { type FileIdentity, identityOf } from './identity.js';
import { readRange } from './read-range.js';

/** How an archive is. */
export type Condition =
  /** Sound to its end. */
  | 'whole'
  /** Whole frames, and behind them a frame that the file's end cuts, or nothing but zeros. */
  | 'cut'
  /** Cut within its first frame, or of 0 bytes, or of zeros: nothing in it can be read. */
  | 'empty'
  /** Anything else: frames that do not decode, sound frames behind them, lines that whole frames leave unfinished. */
  | 'damaged';

/** What an archive was found to be. */
export interface Finding {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly condition: Condition;
  /** Bytes from the beginning that are whole frames. */
  readonly soundBytes: number;
  /** What is wrong, in words; empty when nothing is. */
  readonly what: string;
}

const NEWLINE = 0x0a;
/** Beginnings of frames that are tried behind damage; a file with more is left alone. */
const MAX_CANDIDATES = 1000;

/**
 * Reads an archive to its end and says how it is, in the memory that one frame takes.
 * @returns undefined when the path is no regular file (a symbolic link is not followed)
 * @throws the system's error
 */
export async function examine(path: string): Promise<Finding | undefined> {
  // Without blocking: a pipe in the archive's place would be waited for.
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
    return unfinished ? { condition: 'damaged', what: 'last line is unfinished' } : { condition: 'whole', what: '' };
  }
  // To cut here would leave half a line at the end, or throw away a whole frame.
  if (unfinished)
    return { condition: 'damaged', what: `${damage.message}, and in the frames before a line is unfinished` };
  if (!(await isCut(file, size, damage))) return { condition: 'damaged', what: damage.message };
  if (await hasSoundFrame(file, damage.at + 1, size)) {
    return { condition: 'damaged', what: `${damage.message}, but there are whole frames behind it` };
  }
  return { condition: bytes === 0 ? 'empty' : 'cut', what: damage.message };
}

/** What a crash leaves: a frame whose end is missing or, after a power failure, zeros that were never written over. */
async function isCut(file: FileHandle, size: number, damage: ZstdError): Promise<boolean> {
  if (damage.code === 'ERR_TRUNCATED') return true;
  for await (const chunk of readRange(file, damage.at, size)) if (chunk.some((byte) => byte !== 0)) return false;
  return true;
}

/** Whether a sound frame begins anywhere in the range: a wrong length in a header can make a file look cut that is not. */
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
