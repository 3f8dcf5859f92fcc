import { stat } from 'node:fs/promises';
import { ArchiveInputError, kindOf, noConnections } from '../input/index.js';
import { ENDS_FORMS, looksLikeEnds, parseEnds, type Selection } from '../selection/index.js';
import { planSearch, realFile, type Search } from './find.js';

/** Place to find the connection to show. */
export type Target =
  /** The one connection of a file or of standard input. */
  | { readonly kind: 'file'; readonly search: Search }
  /** Selected connections below some paths. */
  | { readonly kind: 'among'; readonly paths: readonly string[]; readonly selection: Selection };

/** Thrown for operands that make no sense; the message is one sentence. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Operands of the command, with the selection by options. */
export interface TargetOptions {
  /** File, UUID or its end, or endpoints of a connection; undefined if absent. */
  readonly what: string | undefined;
  readonly paths: readonly string[];
  readonly selection: Selection;
  /** True when options select connections, so that no operand is needed. */
  readonly isChoosing: boolean;
}

/**
 * Determines the meaning of the first operand.
 * @throws TargetError, ArchiveInputError when a path cannot be examined
 */
export async function planTarget({ what, paths, selection, isChoosing }: TargetOptions): Promise<Target> {
  const among = (more: Partial<Selection>, where: readonly string[]): Target => ({
    kind: 'among',
    paths: where.length === 0 ? ['.'] : where,
    selection: { ...selection, ...more },
  });
  if (what === undefined) return among({}, paths);
  if (what === '-') {
    if (paths.length > 0) throw new TargetError('standard input is one connection: PATHs cannot be searched');
    if (isChoosing) throw new TargetError('standard input is one connection: there is nothing to choose');
    return { kind: 'file', search: await planSearch(what) };
  }
  const file = await realFile(what);
  if (file !== undefined) {
    if (kindOf(file) === 'exchanges') throw noConnections(what);
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
    () => false, // not a path
  );
}

/** Rejects a path that is no file: it cannot be a UUID. */
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
