import { setImmediate as turn } from 'node:timers/promises';
import { isAbsence, NamespaceError, refusedNamespace } from './namespace-error.js';
import type { NamespaceFiles } from './namespace-files.js';
import {
  candidatesOf,
  describeTarget,
  distinctNamespaces,
  type FoundNamespace,
  NAMESPACE_FOLDERS,
  type NamespaceId,
  type NamespaceTarget,
  namespaceKey,
  processCandidate,
} from './namespace-list.js';
import { ProcessNamespaces } from './process-namespaces.js';

const OWN = '/proc/self/ns/net';
/** Files checked before other work gets a turn: about a tenth of a millisecond. */
const LOOKS_PER_TURN = 32;

/** Callback for a file that cannot be checked or a folder that cannot be listed. */
export type OnLookFailure = (operation: 'look' | 'list', path: string, error: unknown) => void;

/** Finds the requested network namespaces, at each call of {@link find} again. */
export class NamespaceFinder {
  readonly #files: Pick<NamespaceFiles, 'stat' | 'list'>;
  readonly #onFailure: OnLookFailure;
  readonly #targets: readonly NamespaceTarget[];
  readonly #all: boolean;
  readonly #processes = new ProcessNamespaces();
  /** Requested process ids whose process has ended: another process may now have the number. */
  readonly #ended = new Set<NamespaceTarget>();
  readonly #firstSeen = new Map<NamespaceTarget, NamespaceId>();
  /** Namespaces found in each folder at its last listing. */
  readonly #inFolders = new Map<string, readonly FoundNamespace[]>();

  constructor(
    targets: readonly NamespaceTarget[],
    files: Pick<NamespaceFiles, 'stat' | 'list'>,
    onFailure: OnLookFailure,
  ) {
    this.#files = files;
    this.#onFailure = onFailure;
    this.#targets = targets.filter(({ kind }) => kind !== 'all');
    this.#all = this.#targets.length < targets.length;
  }

  /**
   * Checks that every target other than `all` is a network namespace.
   * @returns the keys of these namespaces
   * @throws NamespaceError
   */
  check(): ReadonlySet<string> {
    const { dev } = this.#files.stat(OWN);
    const keys = new Set<string>();
    for (const target of this.#targets) {
      const what = describeTarget(target);
      const candidates = candidatesOf(target);
      const found = candidates.flatMap((each) => this.#tryStat(each, (error) => this.#refuse(what, error))).at(0);
      if (found === undefined) {
        const places = candidates.map(({ path }) => path).join(' and ');
        throw new NamespaceError(
          what,
          'ERR_NO_NAMESPACE',
          `not found (looked at ${places}); give a name of 'ip netns', a path or a process id`,
        );
      }
      if (found.dev !== dev) {
        throw new NamespaceError(what, 'ERR_NOT_A_NAMESPACE', `${found.path} is not a network namespace`);
      }
      keys.add(namespaceKey(found));
    }
    return keys;
  }

  /** Finds the namespaces that exist now, without the own one, by {@link distinctNamespaces}. */
  async find(): Promise<ReadonlyMap<string, FoundNamespace>> {
    const own = this.#files.stat(OWN);
    const found = this.#targets.flatMap((target) => this.#findTarget(target));
    if (this.#all) {
      for (const folder of NAMESPACE_FOLDERS) found.push(...(await this.#findInFolder(folder)));
      found.push(...(await this.#findProcesses()));
    }
    return distinctNamespaces(found, own);
  }

  #findTarget(target: NamespaceTarget): FoundNamespace[] {
    if (this.#ended.has(target)) return [];
    const found = candidatesOf(target)
      .flatMap((each) => this.#tryStat(each))
      .slice(0, 1);
    if (target.kind !== 'pid') return found;
    const first = this.#firstSeen.get(target) ?? found[0];
    if (first !== undefined) this.#firstSeen.set(target, first);
    if (found[0] !== undefined && found[0].ino === first?.ino) return found;
    this.#ended.add(target);
    return [];
  }

  async #findInFolder(folder: string): Promise<readonly FoundNamespace[]> {
    const names = await this.#tryList(folder);
    // A folder that cannot be listed now, for lack of descriptors, does not mean that its namespaces are gone.
    if (names === undefined) return this.#inFolders.get(folder) ?? [];
    const found: FoundNamespace[] = [];
    for (const [at, name] of names.toSorted().entries()) {
      if (at % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) await turn();
      found.push(...this.#tryStat({ name, path: `${folder}/${name}` }));
    }
    this.#inFolders.set(folder, found);
    return found;
  }

  async #findProcesses(): Promise<FoundNamespace[]> {
    const names = await this.#tryList('/proc');
    if (names !== undefined) await this.#lookAtProcesses(names.filter((name) => /^\d+$/.test(name)).map(Number));
    return this.#processes.namespaces().map(({ dev, ino, pid }) => ({ dev, ino, ...processCandidate(pid) }));
  }

  async #lookAtProcesses(pids: readonly number[]): Promise<void> {
    for (const [at, pid] of this.#processes.due(pids).entries()) {
      if (at % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) await turn();
      // Report a failure once per process: it would repeat in each round.
      const onError = this.#processes.lookedInVain(pid) ? () => undefined : undefined;
      const [found] = this.#tryStat(processCandidate(pid), onError);
      this.#processes.looked(pid, found === undefined ? undefined : { dev: found.dev, ino: found.ino });
    }
  }

  /** Returns the namespace of a file; an empty array when the file does not exist any longer or cannot be checked. */
  #tryStat(candidate: { readonly name: string; readonly path: string }, onError?: (error: unknown) => void) {
    try {
      const { dev, ino } = this.#files.stat(candidate.path);
      return [{ dev, ino, ...candidate }];
    } catch (error) {
      if (isAbsence(error)) return [];
      if (onError === undefined) this.#onFailure('look', candidate.path, error);
      else onError(error);
      return [];
    }
  }

  /** Lists a folder: an empty array when it does not exist, undefined when it cannot be listed. */
  async #tryList(folder: string): Promise<readonly string[] | undefined> {
    try {
      return await this.#files.list(folder);
    } catch (error) {
      if (isAbsence(error)) return [];
      this.#onFailure('list', folder, error);
      return undefined;
    }
  }

  #refuse(what: string, error: unknown): never {
    throw refusedNamespace(what, error);
  }
}
