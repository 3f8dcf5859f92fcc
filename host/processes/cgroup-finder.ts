import type { CgroupMembers, CgroupPaths, SocketOwners } from '../../native/index.js';
import { type CgroupMount, pathInHierarchy } from './cgroup-mount.js';
import { parseCgroupPath } from './cgroup-names.js';
import { isRefusal } from './errno.js';
import type { PodNames } from './pod-names.js';
import type { Cgroup } from './types.js';

/** Most known cgroups: beyond it the oldest are forgotten. */
const MAX_CGROUPS = 10_000;
/** Time between walks of the tree, in milliseconds. */
const WALK_MS = 5000;
/** Walks after which a cgroup counts as not there. One that was made during a walk is missed. */
const MAX_WALKS = 3;
/** Time between looks for the names of pods, in milliseconds. */
const NAMES_MS = 10_000;
/** Looks for a pod's names. The kubelet makes its folders when the containers start. */
const MAX_NAME_LOOKS = 6;

/** Operations on the tree of cgroups. */
export type CgroupOperations = Pick<SocketOwners, 'openCgroups' | 'walkCgroups' | 'cgroupMembers'>;

/** Options of {@link CgroupFinder}. */
export interface CgroupFinderOptions {
  readonly owners: CgroupOperations;
  /** Mount of cgroup v2; undefined without one: paths are then unknown. */
  readonly mount: CgroupMount | undefined;
  readonly podNames: PodNames;
  /** Called with the CPU time of each operation, in nanoseconds. */
  readonly onSpent: (cpuNs: number) => void;
  /** Called when paths cannot be found for another reason than a missing capability, and with 0 when they can again. */
  readonly onResult: (errno: number) => void;
}

interface Known {
  /** Path below the mount; undefined while it is searched for. */
  path: string | null | undefined;
  cgroup: Cgroup;
  walks: number;
  nameLooks: number;
}

/** Finds paths and names of cgroups by their ids, and keeps them: an id belongs to one cgroup until the next boot. */
export class CgroupFinder {
  readonly #options: CgroupFinderOptions;
  readonly #known = new Map<bigint, Known>();
  /** The one that was asked for last. */
  #last: { readonly id: bigint; readonly known: Known } | undefined;
  readonly #wanted = new Set<bigint>();
  readonly #unnamed = new Set<bigint>();
  #opensByHandle = true;
  #walkedMs = Number.NEGATIVE_INFINITY;
  #namedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CgroupFinderOptions) {
    this.#options = options;
  }

  /** True when cgroups are found by their handles, without walks of the tree. */
  get opensByHandle(): boolean {
    return this.#opensByHandle;
  }

  /** Begins to look for a cgroup. Returns true when it was unknown. */
  want(id: bigint): boolean {
    if (id === 0n || this.#known.has(id)) return false;
    this.#known.set(id, { path: undefined, cgroup: namelessCgroup(id), walks: 0, nameLooks: 0 });
    this.#wanted.add(id);
    if (this.#known.size > MAX_CGROUPS) this.#forgetOldest();
    return true;
  }

  /** Returns a cgroup; null while it is searched for. */
  get(id: bigint): Cgroup | null {
    // Most sockets are of few cgroups, and a map takes long to hash a bigint.
    if (this.#last?.id !== id) {
      const found = this.#known.get(id);
      this.#last = found === undefined ? undefined : { id, known: found };
    }
    const known = this.#last?.known;
    return known?.path === undefined ? null : known.cgroup;
  }

  /** Returns the time of the next due {@link find}; infinite when nothing is wanted. */
  dueMs(): number {
    const names = this.#unnamed.size > 0 ? this.#namedMs + NAMES_MS : Number.POSITIVE_INFINITY;
    if (this.#wanted.size === 0) return names;
    return this.#opensByHandle ? Number.NEGATIVE_INFINITY : Math.min(names, this.#walkedMs + WALK_MS);
  }

  /** Looks for the wanted cgroups. Never rejects. */
  async find(nowMs: number): Promise<void> {
    if (this.#wanted.size > 0) await this.#findPaths(nowMs);
    if (this.#unnamed.size > 0 && nowMs >= this.#namedMs + NAMES_MS) await this.#findNames(nowMs);
  }

  /** Returns the processes of a cgroup other than the root; empty if they are unknown. */
  async members(id: bigint): Promise<Uint32Array> {
    const path = this.#known.get(id)?.path ?? '/';
    const { mount, owners } = this.#options;
    if (mount === undefined || path === '/') return new Uint32Array();
    const { pids } = this.#spend(await owners.cgroupMembers(`${mount.path}${path}`));
    return pids;
  }

  async #findPaths(nowMs: number): Promise<void> {
    const { mount, owners } = this.#options;
    const ids = [...this.#wanted];
    if (mount === undefined) {
      for (const id of ids) this.#settle(id, null);
      return;
    }
    if (this.#opensByHandle) {
      const result = this.#spend(await owners.openCgroups(mount.path, BigUint64Array.from(ids)));
      // EPERM: no CAP_DAC_READ_SEARCH. Any other failure: a kernel without such handles.
      this.#opensByHandle = result.errno === 0;
      if (this.#opensByHandle) {
        for (const [at, id] of ids.entries()) this.#settle(id, result.paths[at] ?? null);
        return;
      }
    }
    if (nowMs >= this.#walkedMs + WALK_MS) await this.#walk(mount, ids, nowMs);
  }

  async #walk(mount: CgroupMount, ids: readonly bigint[], nowMs: number): Promise<void> {
    this.#walkedMs = nowMs;
    const { errno, paths } = this.#spend(await this.#options.owners.walkCgroups(mount.path, BigUint64Array.from(ids)));
    this.#options.onResult(isRefusal(errno) ? 0 : errno);
    for (const [at, id] of ids.entries()) {
      const path = paths[at] ?? null;
      const known = this.#known.get(id);
      if (known === undefined) continue;
      known.walks++;
      if (path !== null || known.walks >= MAX_WALKS) this.#settle(id, path);
    }
  }

  #settle(id: bigint, path: string | null): void {
    this.#wanted.delete(id);
    const known = this.#known.get(id);
    if (known === undefined) return;
    known.path = path;
    const { mount } = this.#options;
    if (path === null || mount === undefined) return;
    const whole = pathInHierarchy(mount, path);
    const { unit, container, podUid } = parseCgroupPath(whole);
    const pod = podUid === null ? null : { uid: podUid, name: null, namespace: null, container: null };
    known.cgroup = { id: String(id), path: whole, unit, container, pod };
    if (pod !== null) this.#unnamed.add(id);
  }

  async #findNames(nowMs: number): Promise<void> {
    this.#namedMs = nowMs;
    const ids = [...this.#unnamed];
    const asked = ids.flatMap((id) => {
      const known = this.#known.get(id);
      const uid = known?.cgroup.pod?.uid;
      if (known === undefined || uid === undefined) return [];
      return [{ id, known, uid, containerId: known.cgroup.container?.id ?? null }];
    });
    const pods = await this.#options.podNames.find(asked);
    for (const [at, { id, known }] of asked.entries()) {
      const pod = pods[at] ?? null;
      known.cgroup = { ...known.cgroup, pod };
      const isNamed = pod !== null && pod.name !== null && pod.container !== null;
      if (isNamed || ++known.nameLooks >= MAX_NAME_LOOKS) this.#unnamed.delete(id);
    }
  }

  #forgetOldest(): void {
    for (const id of this.#known.keys()) {
      this.#known.delete(id);
      if (this.#last?.id === id) this.#last = undefined;
      this.#wanted.delete(id);
      this.#unnamed.delete(id);
      return;
    }
  }

  #spend<Result extends CgroupPaths | CgroupMembers>(result: Result): Result {
    this.#options.onSpent(result.cpuNs);
    return result;
  }
}

function namelessCgroup(id: bigint): Cgroup {
  return { id: String(id), path: null, unit: null, container: null, pod: null };
}
