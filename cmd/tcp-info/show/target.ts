import { stat } from 'node:fs/promises';
import { ArchiveInputError, kindOf } from '../../../input/index.js';
import { ENDS_FORMS, looksLikeEnds, parseEnds } from '../../reading/ends.js';
import type { Selection } from '../../reading/selection.js';
import { planSearch, realFile, type Search } from './find.js';

/** Connections among which one is to be shown. */
export type Target =
  /** The one connection of a file or of standard input. */
  | { readonly kind: 'file'; readonly search: Search }
  /** Those below some paths that are selected. */
  | { readonly kind: 'among'; readonly paths: readonly string[]; readonly selection: Selection };

/** Operands that make no sense, in one sentence. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Operands of the command, and what else chooses connections. */
export interface TargetOptions {
  /** A file, a UUID or its end, or ends of a connection; undefined when there is none. */
  readonly what: string | undefined;
  readonly paths: readonly string[];
  readonly selection: Selection;
  /** Whether options choose among connections, so that no operand has to. */
  readonly isChoosing: boolean;
}

/**
 * Finds out what the first operand is.
 * @throws TargetError, ArchiveInputError when a path cannot be looked at
 */
export async function planTarget({ what, paths, selection, isChoosing }: TargetOptions): Promise<Target> {
  const among = (more: Partial<Selection>, where: readonly string[]): Target => ({
    kind: 'among',
    paths: where.length === 0 ? ['.'] : where,
    selection: { ...selection, ...more },
  });
  if (what === undefined) return among({}, paths);
  if (what === '-') {
    if (paths.length > 0)
      throw new TargetError('standard input is one connection: there is nothing to look for in PATHs');
    if (isChoosing) throw new TargetError('standard input is one connection: there is nothing to choose');
    return { kind: 'file', search: await planSearch(what) };
  }
  const file = await realFile(what);
  if (file !== undefined) {
    if (kindOf(file) === 'tar' || isChoosing) return among({}, [what, ...paths]);
    return { kind: 'file', search: await planSearch(what, file) };
  }
  if (isChoosing && (await isFolder(what))) return among({}, [what, ...paths]);
  if (looksLikeEnds(what)) {
    const ends = parseEnds(what);
    if (ends === undefined) throw new TargetError(`${what}: expected ends of a connection such as ${ENDS_FORMS}`);
    return among({ ends }, paths);
  }
  await refusePath(what);
  if (paths.length === 0 && !/[0-9A-F]/i.test(what.slice(-1)))
    throw new TargetError(`${what}: there is no file or folder of this name, and no UUID ends so`);
  return among({ uuidEnd: what }, paths);
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // then it is no path at all
  );
}

/** A path that is no file was not meant as a UUID. */
async function refusePath(what: string): Promise<void> {
  try {
    await stat(what);
  } catch (error) {
    if (!what.includes('/') && kindOf(what) === 'unknown') return;
    throw ArchiveInputError.from(what, error);
  }
  const advice = `give the end of a UUID or a port before it, as in "tcp-info show :443 DIR", or --last for the most recent one`;
  throw new ArchiveInputError(what, `it is a folder, which may have many connections: ${advice}`, { code: 'EISDIR' });
}
