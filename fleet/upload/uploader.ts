import { setTimeout as sleep } from 'node:timers/promises';
import { describeSystemError } from '../../host/errors/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { UploadMetrics } from '../../metrics/index.js';
import { Backoff, type ObjectStore, ObjectStoreError } from '../objectstore/index.js';
import type { BundleFormat } from './bundle-format.js';
import { chooseGroups, type Group, isSampled, mtimeMs } from './choose.js';
import { deleteMembers } from './delete-members.js';
import { type FileIdentity, isSameFile } from './file-identity.js';
import { type FoundArchive, findArchives } from './find-archives.js';
import type { Layout } from './layout.js';
import { seal } from './seal.js';
import { type SendStep, send } from './send.js';
import { type Sealed, type Spool, SpoolError } from './spool.js';

/** Steps that a crash may divide. */
export type UploadStep = 'sealing' | 'sealed' | 'planned' | SendStep | 'deleted' | 'content removed' | 'plan removed';

/** Options of {@link Uploader}. */
export interface UploaderOptions {
  /** The collector's output folder. */
  readonly root: string;
  readonly spool: Spool;
  readonly store: ObjectStore;
  /** Prefix of all keys, with its slash at the end unless it is empty. */
  readonly prefix: string;
  readonly format: BundleFormat;
  readonly layout: Layout;
  /** Content at which a bundle is full, bytes. */
  readonly fullBytes: number;
  /** Age of its oldest archive at which a bundle that is not full is sent, milliseconds. */
  readonly fullAgeMs: number;
  /** Time between looks for archives, milliseconds. */
  readonly everyMs: number;
  /** Share of connections that are sent, 0 to 1. */
  readonly sample: number;
  /** Time since its last change for which a sent archive stays, milliseconds. */
  readonly keepMs: number;
  /** True to send everything that is closed, and end. */
  readonly once: boolean;
  readonly log: Logger;
  readonly metrics: UploadMetrics;
  /** Aborted to stop. */
  readonly signal: AbortSignal;
  /** Waits between attempts (default: as {@link Backoff}). */
  readonly backoff?: Backoff;
  /** Length of the parts of a bundle, bytes (default: 8 MiB). */
  readonly partBytes?: number;
  /** Called between steps, for tests of crashes. */
  readonly onStep?: (step: UploadStep) => void;
  /** Clock in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** Outcome of {@link Uploader.run}. */
export interface UploadOutcome {
  /** Number of bundles that the store confirmed. */
  readonly bundles: number;
  readonly archives: number;
  /** Error with which the last attempt failed, if a run with `once` gave up. */
  readonly failure: ObjectStoreError | undefined;
  /** Number of archives and folders that could not be read, or not be deleted. */
  readonly left: number;
}

/** Attempts for one bundle in a run that ends by itself, which are up to 0.5 to 8 s apart. */
const ATTEMPTS_ONCE = 6;

/**
 * Sends closed archives to a store, in bundles, one after the other: choose, seal, send, confirm, delete. Each step
 * leaves a file in the state folder, with which the next process goes on after a crash.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #backoff: Backoff;
  readonly #nowMs: () => number;
  readonly #onStep: (step: UploadStep) => void;
  readonly #trouble: TroubleLog;
  readonly #readTrouble: TroubleLog;
  /** Bundles of the state folder: those that are not confirmed, and those with archives that stay for now. */
  readonly #pending = new Map<string, Sealed>();
  /** Archives that could not be deleted, by bundle. */
  readonly #undeleted = new Map<string, number>();
  #bundles = 0;
  #archives = 0;
  #oldestMs: number | undefined;
  #unreadable = 0;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff();
    this.#nowMs = options.nowMs ?? Date.now;
    this.#onStep = options.onStep ?? (() => undefined);
    this.#trouble = new TroubleLog(options.log, { quietMs: 0 });
    this.#readTrouble = new TroubleLog(options.log, { quietMs: 0 });
  }

  /** Age of the oldest closed archive that is not confirmed, seconds; 0 if all are. */
  get oldestSeconds(): number {
    return this.#oldestMs === undefined ? 0 : Math.max(0, (this.#nowMs() - this.#oldestMs) / 1000);
  }

  /**
   * Uploads until the signal is aborted, or with `once` until nothing is left.
   * @throws SpoolError; errors of the state folder
   */
  async run(): Promise<UploadOutcome> {
    const { spool, once, everyMs, signal, log } = this.#options;
    let failure: ObjectStoreError | undefined;
    if (spool.lostBundles > 0)
      log.warn('sealed bundles are gone: their archives are sent anew', { count: spool.lostBundles });
    try {
      for (const sealed of await spool.sealed()) this.#pending.set(sealed.name, sealed);
      for (;;) {
        for (const sealed of Array.from(this.#pending.values())) await this.#finish(sealed);
        let sealedAny = false;
        for (const group of await this.plan()) if (await this.#upload(group)) sealedAny = true;
        if (once && !sealedAny) break;
        if (!once) await sleep(everyMs, undefined, { signal });
      }
    } catch (error) {
      if (error instanceof ObjectStoreError) failure = error;
      else if (!signal.aborted) throw stateError(error, spool);
    }
    const left = Array.from(this.#undeleted.values()).reduce((sum, count) => sum + count, this.#unreadable);
    return { bundles: this.#bundles, archives: this.#archives, failure, left };
  }

  /** Finds the archives to send, and divides them into bundles. Changes nothing. */
  async plan(): Promise<Group[]> {
    const { root, sample, fullBytes, fullAgeMs, once, metrics } = this.#options;
    const { closed, open, unreadable } = await findArchives(root);
    metrics.open.set(open);
    metrics.unreadable.set(unreadable.length);
    this.#unreadable = unreadable.length;
    const [first] = unreadable;
    if (first === undefined) this.#readTrouble.succeeded('all archives can be read again');
    else {
      const error = describeSystemError(first.error);
      this.#readTrouble.failed('archives cannot be read', { count: unreadable.length, first: first.path, error });
    }
    const sealed = Array.from(this.#pending.values());
    const planned = new Map(sealed.flatMap(({ plan }) => plan.members.map((member) => [member.path, member] as const)));
    const isNew = ({ path, identity }: FoundArchive): boolean => {
      const member = planned.get(path);
      return member === undefined || !isSameFile(member, identity);
    };
    const waiting = closed.filter((archive) => isSampled(archive.uuid, sample) && isNew(archive));
    this.#oldestMs = oldest(waiting.map(({ identity }) => identity));
    return chooseGroups(waiting, {
      fullBytes,
      fullAgeMs: once ? Number.NEGATIVE_INFINITY : fullAgeMs,
      nowMs: this.#nowMs(),
    });
  }

  /** Seals and sends a group. Returns false if nothing of it could be sealed. */
  async #upload(group: Group): Promise<boolean> {
    const { root, spool, format, layout, partBytes, signal } = this.#options;
    signal.throwIfAborted();
    const sealed = await seal(group, {
      root,
      spool,
      format,
      layout,
      ...(partBytes === undefined ? {} : { partBytes }),
      onStep: this.#onStep,
      onUnreadable: (path, error) => this.#leave(path, error),
    });
    if (sealed === undefined) return false;
    this.#pending.set(sealed.name, sealed);
    await this.#finish(sealed);
    return true;
  }

  /** Leaves an archive that cannot be read for the next look. */
  #leave(path: string, error: unknown): void {
    this.#unreadable++;
    this.#options.metrics.unreadable.set(this.#unreadable);
    this.#readTrouble.failed('archives cannot be read', {
      count: this.#unreadable,
      first: path,
      error: describeSystemError(error),
    });
  }

  /** Sends a bundle if the store has not confirmed it, and deletes what may be deleted. */
  async #finish(sealed: Sealed): Promise<void> {
    const { spool } = this.#options;
    const { name } = sealed;
    if (!(await spool.isConfirmed(name))) {
      this.#oldestMs ??= oldest(sealed.plan.members);
      await this.#sendUntilConfirmed(sealed);
    }
    const isDone = this.#delete(sealed);
    await spool.removeContent(name);
    this.#onStep('content removed');
    if (!isDone) return;
    await spool.removePlan(name);
    this.#pending.delete(name);
    this.#onStep('plan removed');
  }

  async #sendUntilConfirmed(sealed: Sealed): Promise<void> {
    const { store, prefix, spool, signal, once, log, metrics } = this.#options;
    const { name, plan } = sealed;
    for (;;) {
      signal.throwIfAborted();
      try {
        const onBytes = (bytes: number): void => metrics.bytes.inc(bytes);
        await send(sealed, { store, prefix, spool, signal, onStep: this.#onStep, onBytes });
        break;
      } catch (error) {
        if (!(error instanceof ObjectStoreError)) throw error;
        metrics.bundles.inc('failed');
        metrics.failed(error.operation, error.kind);
        const waitMs = this.#backoff.failed();
        this.#trouble.failed('upload failed, and is tried again', { bundle: name, error: error.message });
        if (once && this.#backoff.failures >= ATTEMPTS_ONCE) throw error;
        await sleep(waitMs, undefined, { signal });
      }
    }
    this.#backoff.succeeded();
    this.#trouble.succeeded('upload works again');
    this.#bundles++;
    this.#archives += plan.members.length;
    metrics.bundles.inc('confirmed');
    metrics.archives.inc(plan.members.length);
    const { bytes, members, parts } = plan;
    log.info('stored', { key: `${prefix}${plan.object}`, archives: members.length, bytes, parts: parts.length });
  }

  /** Deletes what may be deleted of a confirmed bundle. Returns whether all its members are dealt with. */
  #delete({ name, plan: { members } }: Sealed): boolean {
    const { root, keepMs, metrics, log } = this.#options;
    const { kept, failed } = deleteMembers(members, {
      root,
      keepMs,
      nowMs: this.#nowMs(),
      onDeleted: () => {
        metrics.deleted.inc();
        this.#onStep('deleted');
      },
    });
    const [first] = failed;
    this.#undeleted.set(name, failed.length);
    if (first !== undefined) {
      metrics.undeleted.inc(failed.length);
      const { member, error } = first;
      const fields = { count: failed.length, first: member.path, error: describeSystemError(error) };
      log.error('stored archives cannot be deleted, and are tried again', fields);
    }
    return kept === 0 && failed.length === 0;
  }
}

/** Returns an error of the system, which is one of the state folder, as a {@link SpoolError}. */
function stateError(error: unknown, spool: Spool): unknown {
  if (!(error instanceof Error) || !('errno' in error)) return error;
  return new SpoolError(`state folder ${spool.folder}: ${describeSystemError(error)}`, { cause: error });
}

function oldest(files: readonly FileIdentity[]): number | undefined {
  let oldestMs: number | undefined;
  for (const { mtimeNs } of files) {
    const ms = mtimeMs(mtimeNs);
    if (oldestMs === undefined || ms < oldestMs) oldestMs = ms;
  }
  return oldestMs;
}
