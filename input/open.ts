import { type Bytes, decompress, type PackedOptions, peek } from './content.js';
import { ArchiveInputError } from './error.js';
import { findInputs, STDIN } from './find.js';
import { type ReadOptions, report } from './lines.js';
import { kindOf } from './names.js';
import { type ArchiveSource, begunSources, fileSource, guard, type OnBytes, readFile } from './source.js';
import { type OtherMember, readTar } from './tar.js';
import { isTarStart, TAR_BLOCK_BYTES } from './tar-header.js';

/** One archive among many. */
export interface Archive {
  /** Where it is: a path, `standard input`, or in a tar `x.tgz:2026/11/20/<UUID>.00000.jsonl.zst`. */
  readonly path: string;
  /** What it takes where it is, compressed; absent where that is not known without asking. */
  readonly bytes?: number;
  /** Its content; can be read once, and in a tar only until the next archive is asked for. */
  readonly source: ArchiveSource;
}

/** How inputs are opened. */
export interface InputOptions extends Pick<ReadOptions, 'onProblem'>, PackedOptions {
  /** Told of all bytes that are read from files. */
  readonly onBytes?: OnBytes;
  /** Told of each file in a tar that is no archive by its name, and is passed over. */
  readonly onPassedOver?: (path: string) => void;
  /** Told of each path when all archives in it have been given. */
  readonly onDone?: (path: string) => void;
  /** What `-` stands for; the process's standard input if not given. */
  readonly stdin?: Bytes;
}

/** Archives that are begun at once, before their turn: small ones are decompressed while others are looked at. */
const AHEAD = 16;
/** When so few of them are left, the next are begun: together they wake one thread, once. */
const FEW = 4;

/** What is somewhere in the first block of an archive, also of a damaged one: where a line begins, or goes on. */
const MAY_BE_ARCHIVE = /^\s*\{|"\w+":/m;

const STDIN_NAME = 'standard input';
/** Type flags of tars. */
const FOLDER = '5';
const LINKS: Readonly<Partial<Record<string, string>>> = { 1: 'hard link', 2: 'symbolic link' };

/**
 * Gives every archive that paths stand for; see {@link findInputs} for which these are, and their order. Files are
 * `.jsonl`, compressed or not, or tars, compressed or not, whose members are given in their order without being unpacked
 * to disk; what the name does not tell, the content does, as for `-`.
 *
 * Each archive is read with {@link readRecords} or its like, given the same `onProblem`; what is not read is passed over.
 * Memory does not grow with the input, but for the paths.
 * @throws ArchiveInputError before anything is read, for a path that is not there or leads to no archive; later, without
 *   `onProblem`, for a tar that is damaged
 */
export async function* openInputs(
  paths: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<Archive, void, undefined> {
  yield* openFound(await findInputs(paths), options);
}

/** As {@link openInputs}, of paths that {@link findInputs} has found. */
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
    throw new ArchiveInputError(name, 'it is no archive and no tar of archives', { code: 'ERR_NO_ARCHIVE' });
  } else yield { path: name, source: { path: name, content: all } };
}

async function* openTar(tar: string, content: Bytes, options: InputOptions): AsyncGenerator<Archive, void, undefined> {
  const { onPassedOver, onProblem } = options;
  /** Nothing is missing from a folder; of an archive all is. */
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
