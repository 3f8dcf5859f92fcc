import { lstat, unlink } from 'node:fs/promises';
import { examineArchive, type Finding } from './examine.js';
import { identityOf } from './identity.js';
import { ChangedError, mend, remove } from './mend.js';
import { type Entry, walk } from './walk.js';
import { findWriters, type Writers } from './writers.js';

/** Options of {@link repair}. */
export interface RepairOptions {
  /** Folders and files to repair. */
  readonly paths: readonly string[];
  /** Report actions without changing anything. */
  readonly dryRun: boolean;
  /** Delete archives that cannot be read at all. */
  readonly deleteEmpty: boolean;
  /** Minimum age of files to change, in milliseconds; it applies if the open files of some processes are unknown. */
  readonly minAgeMs: number;
  /** Replacement of {@link findWriters}, for tests. */
  readonly findWriters?: () => Promise<Writers>;
}

/** Action on an archive. */
export type Action =
  | 'mended'
  | 'deleted'
  /** Would be mended; only in a dry run. */
  | 'would mend'
  /** Would be deleted; only in a dry run. */
  | 'would delete'
  /** No action: the archive is damaged inside, or cannot be read at all. */
  | 'left'
  /** No action: a process is writing to the archive. */
  | 'in use'
  /** No action, although the archive should be mended or deleted: a process may be writing to it. */
  | 'too young';

/** Result of {@link repair} for one file. */
export type Result =
  | { readonly kind: 'whole' }
  /** The file disappeared after its folder was read: an uploader took it. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'archive'; readonly finding: Finding; readonly action: Action }
  /** Temporary file of a repair that was killed; `removed` is false in a dry run and when the file may be in use. */
  | { readonly kind: 'leftover'; readonly path: string; readonly removed: boolean }
  /** Earlier files were not changed because of {@link Writers.gap}. */
  | { readonly kind: 'gap'; readonly gap: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown };

/** Number of archives per search for writers in all processes. */
const BATCH = 256;

/**
 * Examines every archive below the paths and mends truncated ones. A file that a process has open for writing is not
 * changed. Archives are opened only once, so one that is not open after the examination is never written again.
 */
export async function* repair(options: RepairOptions): AsyncGenerator<Result, void, undefined> {
  let suspects: (Finding | string)[] = [];
  for (const path of options.paths) {
    for await (const entry of walk(path)) {
      const found = await look(entry);
      if (typeof found === 'object' && 'kind' in found) {
        yield found;
        continue;
      }
      suspects.push(found);
      if (suspects.length < BATCH) continue;
      yield* settle(suspects, options);
      suspects = [];
    }
  }
  yield* settle(suspects, options);
}

/** Examines an entry. Returns a result, or a finding or a leftover's path for {@link settle}. */
async function look(entry: Entry): Promise<Result | Finding | string> {
  const { path } = entry;
  if (entry.kind === 'unreadable') return { kind: 'failed', path, error: entry.error };
  if (entry.kind === 'leftover') return path;
  try {
    const finding = await examineArchive(path);
    if (finding === undefined) return { kind: 'failed', path, error: new Error('not a regular file') };
    return finding.condition === 'whole' ? { kind: 'whole' } : finding;
  } catch (error) {
    return failure(path, error);
  }
}

async function* settle(
  suspects: readonly (Finding | string)[],
  options: RepairOptions,
): AsyncGenerator<Result, void, undefined> {
  if (suspects.length === 0) return;
  const writers = await (options.findWriters ?? findWriters)();
  let young = false;
  for (const suspect of suspects) {
    const path = typeof suspect === 'string' ? suspect : suspect.path;
    try {
      if (typeof suspect === 'string') {
        yield await settleLeftover(suspect, writers, options);
        continue;
      }
      const action = await settleFinding(suspect, writers, options);
      young ||= action === 'too young';
      yield { kind: 'archive', finding: suspect, action };
    } catch (error) {
      yield error instanceof ChangedError && typeof suspect !== 'string'
        ? { kind: 'archive', finding: suspect, action: 'in use' }
        : failure(path, error);
    }
  }
  if (young && writers.gap !== undefined) yield { kind: 'gap', gap: writers.gap };
}

async function settleFinding(finding: Finding, writers: Writers, options: RepairOptions): Promise<Action> {
  const busy = busyness(finding.identity, writers, options.minAgeMs);
  if (busy === 'in use') return busy;
  const { condition } = finding;
  // At any age, there is nothing to do.
  if (condition !== 'cut' && !(condition === 'empty' && options.deleteEmpty)) return 'left';
  if (busy !== undefined) return busy;
  if (condition === 'cut') {
    if (options.dryRun) return 'would mend';
    await mend(finding);
    return 'mended';
  }
  if (options.dryRun) return 'would delete';
  await remove(finding);
  return 'deleted';
}

async function settleLeftover(path: string, writers: Writers, options: RepairOptions): Promise<Result> {
  const identity = identityOf(await lstat(path, { bigint: true }));
  const removed = !options.dryRun && busyness(identity, writers, options.minAgeMs) === undefined;
  if (removed) await unlink(path);
  return { kind: 'leftover', path, removed };
}

function busyness(
  { inode, mtimeNs }: Finding['identity'],
  writers: Writers,
  minAgeMs: number,
): 'in use' | 'too young' | undefined {
  if (writers.inodes.has(inode)) return 'in use';
  const ageMs = Date.now() - Number(mtimeNs / 1_000_000n);
  return writers.gap !== undefined && ageMs < minAgeMs ? 'too young' : undefined;
}

function failure(path: string, error: unknown): Result {
  const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return gone ? { kind: 'gone' } : { kind: 'failed', path, error };
}
