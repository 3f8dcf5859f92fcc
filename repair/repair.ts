import { lstat, unlink } from 'node:fs/promises';
import { examine, type Finding } from './examine.js';
import { identityOf } from './identity.js';
import { ChangedError, mend, remove } from './mend.js';
import { type Entry, walk } from './walk.js';
import { findWriters, type Writers } from './writers.js';

/** What is to be done. */
export interface RepairOptions {
  /** Folders and files. */
  readonly paths: readonly string[];
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Delete archives of which nothing can be read. */
  readonly deleteEmpty: boolean;
  /** Files written to within this time are left alone where not every process can be asked what it writes, milliseconds. */
  readonly minAgeMs: number;
  /** The system's, unless a test brings another. */
  readonly findWriters?: () => Promise<Writers>;
}

/** What was done about an archive. */
export type Action =
  | 'mended'
  | 'deleted'
  /** In a dry run. */
  | 'would mend'
  | 'would delete'
  /** Nothing: it is damaged inside, or nothing can be read of it. */
  | 'left'
  /** Nothing: somebody is writing to it. */
  | 'in use'
  /** Nothing, though it would be mended or deleted: somebody may be writing to it. */
  | 'too young';

/** What the repair came upon. */
export type Result =
  | { readonly kind: 'whole' }
  /** It was there when its folder was read, and is no more: an uploader has it. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'archive'; readonly finding: Finding; readonly action: Action }
  /** The temporary file of a repair that was killed; `removed` is false in a dry run and when it may be in use. */
  | { readonly kind: 'leftover'; readonly path: string; readonly removed: boolean }
  /** Because of {@link Writers.gap} files were left alone: those before it. */
  | { readonly kind: 'gap'; readonly gap: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown };

/** Archives for which one look at all processes is taken. */
const BATCH = 256;

/**
 * Examines every archive below the paths and mends those that are cut. A file that somebody has open for writing is not
 * touched: archives are opened once, so one that nobody has open after it was examined is never written to again.
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

/** A result, or a finding or a leftover's path that has to be settled. */
async function look(entry: Entry): Promise<Result | Finding | string> {
  const { path } = entry;
  if (entry.kind === 'unreadable') return { kind: 'failed', path, error: entry.error };
  if (entry.kind === 'leftover') return path;
  try {
    const finding = await examine(path);
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
  // However old, nothing would be done about it.
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
