/** Kind of a file, by its name; `exchanges` are archives of HTTP exchanges. */
export type FileKind = 'archive' | 'exchanges' | 'tar' | 'unknown';

const ARCHIVE = /\.jsonl(\.zst)?$/;
/** Time of the first line, as the collector names archives of HTTP exchanges. */
const EXCHANGES = /(^|\/)\d{8}T\d{6}\.\d{3}Z(-\d+)?\.jsonl(\.zst)?$/;
/** Index beside a bundle of archives in an object store. */
const INDEX = /\.index\.jsonl$/;
const TAR = /\.(tar|tgz|tar\.gz|tar\.zst|tzst)$/;

/** File names searched for in folders, for messages. */
export const NAMES = '*.jsonl, *.jsonl.zst, *.tar, *.tgz, *.tar.gz, *.tar.zst';

/** Returns the kind of a file by its name. In folders, files of an unknown kind are skipped. */
export function kindOf(path: string): FileKind {
  if (INDEX.test(path)) return 'unknown';
  if (ARCHIVE.test(path)) return EXCHANGES.test(path) ? 'exchanges' : 'archive';
  return TAR.test(path) ? 'tar' : 'unknown';
}

const PART = /^(.*)\.(\d{5,})\.jsonl(\.zst)?$/;

/** Connection and sequence number of an archive, from its name. */
export interface Part {
  readonly uuid: string;
  readonly sequence: number;
}

/** Parses the name `…/<UUID>.<sequence>.jsonl.zst`. Returns undefined for other names. */
export function partOf(path: string): Part | undefined {
  const [, uuid, sequence] = PART.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
  return uuid === undefined ? undefined : { uuid, sequence: Number(sequence) };
}
