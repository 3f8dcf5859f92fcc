import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** File of a collector's output folder. */
export interface ArchiveFile {
  /** Path below the folder. */
  readonly path: string;
  readonly content: Buffer;
}

/** Returns an archive's path: the `number`-th connection of a day. */
export function archivePath(number: number, { day = '2026/11/28', sequence = 0 } = {}): string {
  const cookie = number.toString(16).toUpperCase().padStart(16, '0');
  return `${day}/host_1700000000_${cookie}.${String(sequence).padStart(5, '0')}.jsonl.zst`;
}

/** Writes files of these lengths to a folder, as archives of a day. Their content is random, as incompressible as archives. */
export function writeArchives(root: string, lengths: readonly number[], day = '2026/11/28'): ArchiveFile[] {
  return lengths.map((length, i) => {
    const file = { path: archivePath(i + 1, { day }), content: randomBytes(length) };
    writeArchive(root, file);
    return file;
  });
}

/** Writes a file, with its folders. It was changed a while ago. */
export function writeArchive(root: string, { path, content }: ArchiveFile): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, content);
  const changed = Date.now() / 1000 - 3600;
  utimesSync(at, changed, changed);
}

/** Returns those of the files that are still there as they were. */
export function present(root: string, files: readonly ArchiveFile[]): ArchiveFile[] {
  return files.filter(({ path, content }) => {
    const at = join(root, path);
    return existsSync(at) && readFileSync(at).equals(content);
  });
}

/** Returns the names of the files in a state folder, but for its lock. */
export function stateFiles(state: string): string[] {
  return existsSync(state) ? readdirSync(state).filter((name) => name !== 'lock') : [];
}

/** Returns the MD5 of bytes, hexadecimal. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Returns paths and MD5s of files: to compare buffers element by element takes seconds. */
export function digests(files: readonly ArchiveFile[]): readonly (readonly [path: string, md5: string])[] {
  return files.map(({ path, content }) => [path, md5(content)]);
}
