import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSystemError } from '../../host/errors/index.js';
import { netlink } from '../../native/index.js';
import { syncFolder, writeDurably } from './durable.js';
import { formatPlan, type Plan, PlanError, parsePlan } from './plan.js';

/** Thrown when the state folder cannot be used. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError';
}

/** Multipart upload that was begun. */
export interface BegunUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Sealed bundle in the state folder. */
export interface Sealed {
  /** Name of its files in the state folder. */
  readonly name: string;
  readonly plan: Plan;
}

/** Files of a bundle: its plan, its content, the id of its upload, and the note that it is stored. */
const KINDS = ['plan', 'bundle', 'upload', 'confirmed'] as const;
type Kind = (typeof KINDS)[number];

/**
 * The state folder of an upload: sealed bundles and what is known of them. Each fact is a file that is there or not, so
 * a crash at any point leaves a state that {@link open} understands.
 */
export class Spool {
  readonly #folder: string;
  readonly #lock: number;
  #lostBundles = 0;

  private constructor(folder: string, lock: number) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /**
   * Opens the folder for this process alone, and removes what a crash has left unfinished.
   * @throws SpoolError if it cannot be used, or another process uses it
   */
  static async open(folder: string): Promise<Spool> {
    let lock: number;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      lock = openSync(join(folder, 'lock'), 'a', 0o600);
    } catch (error) {
      throw new SpoolError(`state folder ${folder}: ${describeSystemError(error)}`, { cause: error });
    }
    try {
      if (!netlink.lockFile(lock)) throw new SpoolError(`state folder ${folder}: another upload uses it`);
      const spool = new Spool(folder, lock);
      await spool.#clean();
      return spool;
    } catch (error) {
      closeSync(lock);
      if (error instanceof SpoolError) throw error;
      throw new SpoolError(`state folder ${folder}: ${describeSystemError(error)}`, { cause: error });
    }
  }

  /** Path of the folder. */
  get folder(): string {
    return this.#folder;
  }

  /** Number of plans whose bundle was gone when the folder was opened. They were removed: nothing of them was deleted. */
  get lostBundles(): number {
    return this.#lostBundles;
  }

  /** Path of the bundle that is being written. A crash leaves it behind; the next {@link open} removes it. */
  get sealingPath(): string {
    return join(this.#folder, 'sealing.tmp');
  }

  /** Path of a sealed bundle. */
  bundlePath(name: string): string {
    return this.#path(name, 'bundle');
  }

  /** Returns whether there is a plan of this name. */
  async has(name: string): Promise<boolean> {
    return (await readdir(this.#folder)).includes(`${name}.plan`);
  }

  /** Notes the plan of a sealed bundle. From here on its members are deleted when it is confirmed. */
  async notePlan({ name, plan }: Sealed): Promise<void> {
    await writeDurably(this.#path(name, 'plan'), formatPlan(plan));
  }

  /** Reads all plans, in the order of their names. @throws SpoolError */
  async sealed(): Promise<Sealed[]> {
    const plans: Sealed[] = [];
    for (const name of await this.#names('plan')) {
      try {
        plans.push({ name, plan: parsePlan(await readFile(this.#path(name, 'plan'), 'utf8')) });
      } catch (error) {
        if (!(error instanceof PlanError)) throw error;
        const path = this.#path(name, 'plan');
        throw new SpoolError(`plan ${path}: ${error.message}: delete it, and its archives are sent again`);
      }
    }
    return plans;
  }

  /** Notes the id of a multipart upload, before any part is sent. */
  async noteUpload(name: string, upload: BegunUpload): Promise<void> {
    await writeDurably(this.#path(name, 'upload'), `${JSON.stringify(upload)}\n`);
  }

  /** Returns the multipart upload that was begun for a bundle, if any. */
  async begunUpload(name: string): Promise<BegunUpload | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path(name, 'upload'), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return JSON.parse(text) as BegunUpload;
  }

  /** Forgets the multipart upload of a bundle. */
  async forgetUpload(name: string): Promise<void> {
    await this.#remove(name, 'upload');
  }

  /** Notes that the store has the bundle and its index. Only from here on members may be deleted. */
  async noteConfirmed(name: string): Promise<void> {
    await writeDurably(this.#path(name, 'confirmed'), '');
  }

  /** Returns whether the store has the bundle and its index. */
  async isConfirmed(name: string): Promise<boolean> {
    return (await readdir(this.#folder)).includes(`${name}.confirmed`);
  }

  /** Removes the content of a confirmed bundle, and the id of its upload. */
  async removeContent(name: string): Promise<void> {
    await this.#remove(name, 'bundle');
    await this.#remove(name, 'upload');
  }

  /** Removes the plan of a bundle whose members are dealt with; then the rest. */
  async removePlan(name: string): Promise<void> {
    await this.#remove(name, 'plan');
    await this.#remove(name, 'confirmed');
  }

  /** Lets another process use the folder. */
  close(): void {
    closeSync(this.#lock);
  }

  /** Removes unfinished files, and those that have no meaning without others. */
  async #clean(): Promise<void> {
    for (const file of await readdir(this.#folder)) {
      if (file.endsWith('.tmp')) await rm(join(this.#folder, file), { force: true });
    }
    const [plans, bundles, uploads, confirmed] = await Promise.all(KINDS.map((kind) => this.#names(kind)));
    const [hasPlan, hasBundle, isConfirmed] = [new Set(plans), new Set(bundles), new Set(confirmed)];
    // A bundle without a plan was not planned yet: its archives are all there. A plan without a bundle that is not
    // confirmed cannot be sent, and its archives are there too.
    const lost = (plans ?? []).filter((name) => !hasBundle.has(name) && !isConfirmed.has(name));
    this.#lostBundles = lost.length;
    for (const name of lost) {
      await this.#remove(name, 'plan');
      hasPlan.delete(name);
    }
    const without = (names: readonly string[] | undefined): string[] =>
      (names ?? []).filter((name) => !hasPlan.has(name));
    for (const name of without(bundles)) await this.#remove(name, 'bundle');
    for (const name of without(uploads)) await this.#remove(name, 'upload');
    for (const name of without(confirmed)) await this.#remove(name, 'confirmed');
    await syncFolder(this.#folder);
  }

  #path(name: string, kind: Kind): string {
    return join(this.#folder, `${name}.${kind}`);
  }

  async #names(kind: Kind): Promise<string[]> {
    const ending = `.${kind}`;
    const files = await readdir(this.#folder);
    return files
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length))
      .sort();
  }

  async #remove(name: string, kind: Kind): Promise<void> {
    await rm(this.#path(name, kind), { force: true });
  }
}
