/** What the name of a file says about it. */
export type FileKind = 'archive' | 'tar' | 'unknown';

const ARCHIVE = /\.jsonl(\.zst)?$/;
const TAR = /\.(tar|tgz|tar\.gz|tar\.zst|tzst)$/;

/** The names that are looked for in folders, for messages. */
export const NAMES = '*.jsonl, *.jsonl.zst, *.tar, *.tgz, *.tar.gz, *.tar.zst';

/** Of the files in a folder, all but the unknown are read. */
export function kindOf(path: string): FileKind {
  if (ARCHIVE.test(path)) return 'archive';
  return TAR.test(path) ? 'tar' : 'unknown';
}

const PART = /^(.*)\.(\d{5,})\.jsonl(\.zst)?$/;

/** An archive's place among those of its connection, by its name; undefined of any other name. */
export interface Part {
  readonly uuid: string;
  readonly sequence: number;
}

/** Reads `…/<UUID>.<sequence>.jsonl.zst`. */
export function partOf(path: string): Part | undefined {
  const [, uuid, sequence] = PART.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
  return uuid === undefined ? undefined : { uuid, sequence: Number(sequence) };
}
