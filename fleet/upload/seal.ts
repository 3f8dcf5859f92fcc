import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleFormat, PIECE_BYTES, packPiece } from './bundle-format.js';
import { type Group, mtimeMs } from './choose.js';
import { renameDurably, writeAll } from './durable.js';
import { identityOf, isSameFile } from './file-identity.js';
import { type FoundArchive, lookAt, openArchive } from './find-archives.js';
import type { Layout } from './layout.js';
import { type Member, membersHash, PART_BYTES, type Plan } from './plan.js';
import type { Sealed, Spool } from './spool.js';
import { TAR_END, tarHeader, tarPadding } from './tar-member.js';

/** Options of {@link seal}. */
export interface SealOptions {
  /** The collector's output folder. */
  readonly root: string;
  readonly spool: Spool;
  readonly format: BundleFormat;
  readonly layout: Layout;
  /** Length of the parts (default: {@link PART_BYTES}). */
  readonly partBytes?: number;
  /** Called between the steps that a crash may divide. */
  readonly onStep: (step: 'sealing' | 'sealed' | 'planned') => void;
  /** Called for an archive that cannot be read, and is left out. */
  readonly onUnreadable: (path: string, error: unknown) => void;
  /** Reads from an archive (default: the system call). */
  readonly read?: (fd: number, into: Buffer, from: number) => number;
}

/** Error of reading an archive, as its cause: other errors are of the state folder. */
class MemberError extends Error {
  override readonly name = 'MemberError';
}

/**
 * Writes the archives of a group to a bundle in the state folder, and then its plan. Archives that are gone, changed or
 * open for writing by now are left out, and those that cannot be read.
 * @returns undefined if none is left, or a bundle of this name is there already
 */
export async function seal(group: Group, options: SealOptions): Promise<Sealed | undefined> {
  const { spool, format, layout, onStep, partBytes = PART_BYTES } = options;
  const path = spool.sealingPath;
  const file = await open(path, 'w+', 0o600);
  const members: Member[] = [];
  let bytes = 0;
  let parts: string[];
  try {
    for (const archive of group.archives) {
      const length = await addMember(file, bytes, archive, options);
      if (length === undefined) continue;
      members.push({
        ...archive.identity,
        path: archive.path,
        uuid: archive.uuid,
        sequence: archive.sequence,
        offset: bytes,
        length,
      });
      bytes += length;
      if (members.length === 1) onStep('sealing');
    }
    if (members.length === 0) return undefined;
    const end = await packPiece(format, TAR_END);
    await writeAll(file, end, bytes);
    bytes += end.length;
    // A member that was left out halfway may have left bytes behind.
    await file.truncate(bytes);
    await file.sync();
    parts = await digestParts(file, bytes, partBytes);
  } finally {
    await file.close();
  }
  const newestMs = members.reduce((latest, { mtimeNs }) => Math.max(latest, mtimeMs(mtimeNs)), 0);
  const { object, index } = layout({ day: group.day, hash: membersHash(members), newestMs }, format);
  const name = object.replaceAll('/', '-');
  if (await spool.has(name)) return undefined;
  await renameDurably(path, spool.bundlePath(name));
  onStep('sealed');
  const plan: Plan = { version: 1, format, object, index, bytes, partBytes, parts, members };
  await spool.notePlan({ name, plan });
  onStep('planned');
  return { name, plan };
}

/** Appends an archive at `offset`, and returns the length of its frames; undefined if it is left out. */
async function addMember(
  file: FileHandle,
  offset: number,
  archive: FoundArchive,
  { root, format, onUnreadable, read = readAt }: SealOptions,
): Promise<number | undefined> {
  let fd: number | undefined;
  try {
    fd = readingMember(() => openArchive(join(root, archive.path)));
    if (fd === undefined) return undefined;
    const opened = fd;
    const before = readingMember(() => lookAt(opened));
    if (before === undefined || before === 'open' || !isSameFile(before, archive.identity)) return undefined;
    let length = 0;
    for (const piece of pieces(archive, (into, from) => readingMember(() => read(opened, into, from)))) {
      const packed = await packPiece(format, piece);
      await writeAll(file, packed, offset + length);
      length += packed.length;
    }
    const after = readingMember(() => identityOf(fstatSync(opened, { bigint: true })));
    return isSameFile(after, archive.identity) ? length : undefined;
  } catch (error) {
    if (!(error instanceof MemberError)) throw error;
    onUnreadable(archive.path, error.cause);
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Marks an error as one of reading an archive. */
function readingMember<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new MemberError('read archive', { cause });
  }
}

function readAt(fd: number, into: Buffer, from: number): number {
  return readSync(fd, into, 0, into.length, from);
}

/** Yields header, content and padding of a member, as one piece if it is not longer than {@link PIECE_BYTES}. */
function* pieces(
  { path, identity: { bytes, mtimeNs } }: FoundArchive,
  read: (into: Buffer, from: number) => number,
): Generator<Buffer, void, undefined> {
  const header = tarHeader({ name: path, bytes, mtime: Math.floor(mtimeMs(mtimeNs) / 1000) });
  const total = header.length + bytes + tarPadding(bytes).length;
  for (let at = 0; at < total; at += PIECE_BYTES) {
    // Zeros: the padding, and what a file lacks that became shorter; its identity then differs.
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, total - at));
    const inHeader = at === 0 ? header.copy(piece) : 0;
    const from = at + inHeader - header.length;
    for (let done = 0; from + done < bytes && inHeader + done < piece.length; ) {
      const length = Math.min(piece.length - inHeader - done, bytes - from - done);
      const start = inHeader + done;
      const count = read(piece.subarray(start, start + length), from + done);
      if (count === 0) break;
      done += count;
    }
    yield piece;
  }
}

/** Reads a sealed bundle again, and returns the MD5 of each part. */
async function digestParts(file: FileHandle, bytes: number, partBytes: number): Promise<string[]> {
  const buffer = Buffer.allocUnsafe(Math.min(1024 * 1024, partBytes));
  const parts: string[] = [];
  for (let start = 0; start < bytes; start += partBytes) {
    const hash = createHash('md5');
    const end = Math.min(bytes, start + partBytes);
    for (let at = start; at < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) throw new Error(`the bundle ends at byte ${at}, expected ${bytes}`);
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    parts.push(hash.digest('hex'));
  }
  return parts;
}
