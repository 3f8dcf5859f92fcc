/** Place of an archive below the collector's output folder, by its name. */
export interface ArchivePath {
  /** Path below the folder, `YYYY/MM/DD/<UUID>.<sequence>.jsonl.zst`. */
  readonly path: string;
  /** Folder, `YYYY/MM/DD`. */
  readonly day: string;
  readonly uuid: string;
  readonly sequence: number;
}

const PATH = /^(\d{4}\/\d{2}\/\d{2})\/([^/]+)\.(\d{5,})\.jsonl\.zst$/;

/** Parses the path of an archive; undefined for any other file, which is not uploaded. */
export function parseArchivePath(path: string): ArchivePath | undefined {
  const [, day, uuid, sequence] = PATH.exec(path) ?? [];
  if (day === undefined || uuid === undefined || /[\p{Cc}]/u.test(uuid)) return undefined;
  return { path, day, uuid, sequence: Number(sequence) };
}
