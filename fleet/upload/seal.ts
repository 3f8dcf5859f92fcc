import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleFormat, PIECE_BYTES, packPiece } from './bundle-format.js';
import { type Group, mtimeMs } from './choose.js';
import { renameDurably } from './durable.js';
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
}

/**
 * Writes the archives of a group to a bundle in the state folder, and then its plan. Archives that are gone, changed or
 * open for writing by now are left out.
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
    await file.write(end, 0, end.length, bytes);
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
  { root, format }: SealOptions,
): Promise<number | undefined> {
  const fd = openArchive(join(root, archive.path));
  if (fd === undefined) return undefined;
  try {
    const before = lookAt(fd);
    if (before === undefined || before === 'open' || !isSameFile(before, archive.identity)) return undefined;
    let length = 0;
    for (const piece of pieces(fd, archive)) {
      const packed = await packPiece(format, piece);
      await file.write(packed, 0, packed.length, offset + length);
      length += packed.length;
    }
    return isSameFile(identityOf(fstatSync(fd, { bigint: true })), archive.identity) ? length : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Yields header, content and padding of a member, as one piece if it is not longer than {@link PIECE_BYTES}. */
function* pieces(fd: number, { path, identity: { bytes, mtimeNs } }: FoundArchive): Generator<Buffer, void, undefined> {
  const header = tarHeader({ name: path, bytes, mtime: Math.floor(mtimeMs(mtimeNs) / 1000) });
  const total = header.length + bytes + tarPadding(bytes).length;
  for (let at = 0; at < total; at += PIECE_BYTES) {
    // Zeros: the padding, and what a file lacks that became shorter; its identity then differs.
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, total - at));
    const inHeader = at === 0 ? header.copy(piece) : 0;
    const from = at + inHeader - header.length;
    for (let read = 0; from + read < bytes && inHeader + read < piece.length; ) {
      const length = Math.min(piece.length - inHeader - read, bytes - from - read);
      const count = readSync(fd, piece, inHeader + read, length, from + read);
      if (count === 0) break;
      read += count;
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
