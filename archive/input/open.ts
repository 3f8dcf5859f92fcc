import { type Bytes, decompress, type PackedOptions, peek } from './content.js';
import { ArchiveInputError } from './error.js';
import { findInputs, STDIN } from './find.js';
import { type ReadOptions, report } from './lines.js';
import { kindOf } from './names.js';
import { type ArchiveSource, begunSources, fileSource, guard, type OnBytes, readFile } from './source.js';
import { type OtherMember, readTar } from './tar.js';
import { isTarStart, TAR_BLOCK_BYTES } from './tar-header.js';

/** One archive of the input. */
export interface Archive {
  /** Location of the archive: a path, `standard input`, or in a tar `x.tgz:2026/11/20/<UUID>.00000.jsonl.zst`. */
  readonly path: string;
  /** Compressed size where the archive is stored; absent if unknown without a system call. */
  readonly bytes?: number;
  /** Content, readable once; in a tar only until the next archive is requested. */
  readonly source: ArchiveSource;
}

/** Options of {@link openInputs}. */
export interface InputOptions extends Pick<ReadOptions, 'onProblem'>, PackedOptions {
  /** Called with the number of bytes of each read from a file. */
  readonly onBytes?: OnBytes;
  /** Called for each file in a tar that is skipped because its name is not an archive's. */
  readonly onPassedOver?: (path: string) => void;
  /** Called for each path after all its archives were yielded. */
  readonly onDone?: (path: string) => void;
  /** Content of `-`; default: the standard input of the process. */
  readonly stdin?: Bytes;
}

/** Number of archives started ahead of their turn: small ones are decompressed while others are processed. */
const AHEAD = 16;
/** Number of started archives left at which the next are started: together they wake a thread only once. */
const FEW = 4;

/**
 * Pattern of something that the first block of any archive contains, even a damaged one: the start or the rest of a
 * line.
 */
const MAY_BE_ARCHIVE = /^\s*\{|"\w+":/m;

const STDIN_NAME = 'standard input';
/** Type flag of a folder in a tar. */
const FOLDER = '5';
const LINKS: Readonly<Partial<Record<string, string>>> = { 1: 'hard link', 2: 'symbolic link' };

/**
 * Yields the archives of the given paths; see {@link findInputs} for the selection and order. Files are `.jsonl` or
 * tars, compressed or not. Members of a tar are yielded in their order, without unpacking to disk. If the name does not
 * show the kind, as for `-`, the content decides.
 *
 * Read each archive with {@link readRecords} or a similar function, with the same `onProblem`; an archive that is not
 * read is skipped. Memory does not grow with the input, except for the list of paths.
 * @throws ArchiveInputError before reading, for a path that is missing or has no archives; later, without `onProblem`,
 *   for a damaged tar
 */
export async function* openInputs(
  paths: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<Archive, void, undefined> {
  yield* openFound(await findInputs(paths), options);
}

/** Yields the archives of paths that {@link findInputs} returned; see {@link openInputs}. */
export async function* openFound(
  paths: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<Archive, void, undefined> {
  const begun = new Map<string, ArchiveSource>();
  for (const [at, path] of paths.entries()) {
    if (begun.size <= FEW) {
      const next = paths.slice(at, at + AHEAD).filter((each) => isFile(each) && !begun.has(each));
      for (const each of begunSources(next, options.onBytes, options)) begun.set(each.path, each);
    }
    const source = begun.get(path);
    begun.delete(path);
    try {
      if (source === undefined) yield* openPath(path, options);
      else yield { path, source };
    } catch (error) {
      report(error, options.onProblem);
    }
    options.onDone?.(path);
  }
}

function isFile(path: string): boolean {
  return path !== STDIN && kindOf(path) === 'archive';
}

async function* openPath(path: string, options: InputOptions): AsyncGenerator<Archive, void, undefined> {
  const kind = kindOf(path);
  if (isFile(path)) {
    yield { path, source: fileSource(path, options.onBytes, options) };
    return;
  }
  const name = path === STDIN ? STDIN_NAME : path;
  const packed = path === STDIN ? (options.stdin ?? process.stdin) : readFile(path, options.onBytes);
  const content = guard(name, decompress(packed, path.endsWith('.zst') || path.endsWith('.tzst'), options));
  if (kind === 'tar') {
    yield* openTar(name, content, options);
    return;
  }
  const { first, all, close } = await peek(content, TAR_BLOCK_BYTES);
  if (isTarStart(first)) yield* openTar(name, all, options);
  else if (path !== STDIN && first.length > 0 && !MAY_BE_ARCHIVE.test(first.toString('latin1'))) {
    await close();
    throw new ArchiveInputError(name, 'neither an archive nor a tar of archives', { code: 'ERR_NO_ARCHIVE' });
  } else yield { path: name, source: { path: name, content: all } };
}

async function* openTar(tar: string, content: Bytes, options: InputOptions): AsyncGenerator<Archive, void, undefined> {
  const { onPassedOver, onProblem } = options;
  /** Reports members without content, unless the name is no archive's; a folder misses nothing. */
  const onOther = ({ name, type, target }: OtherMember): void => {
    if (type === FOLDER || kindOf(name) !== 'archive') return;
    const link = LINKS[type];
    const reason = link === undefined ? `tar member of type ${JSON.stringify(type)}` : `${link} to ${target} in a tar`;
    const code = link === undefined ? 'ERR_MEMBER' : 'ERR_LINK';
    report(new ArchiveInputError(`${tar}:${name}`, `${reason}: nothing is read`, { code }), onProblem);
  };
  try {
    for await (const member of readTar(content, onOther)) {
      const path = `${tar}:${member.name}`;
      if (kindOf(member.name) !== 'archive') {
        onPassedOver?.(path);
        continue;
      }
      const archive = decompress(member.content, member.name.endsWith('.zst'), options);
      yield { path, bytes: member.bytes, source: { path, content: guard(path, archive) } };
    }
  } catch (error) {
    throw ArchiveInputError.from(tar, error);
  }
}
