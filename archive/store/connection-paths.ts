import { partOf } from '../input/index.js';
import { KeyIndex } from './key-index.js';

/** Archives of each connection, by the names of the files. */
export class ConnectionPaths {
  readonly #found: readonly string[];
  readonly #index: KeyIndex;
  /** Files whose names show no connection that is known: they have other names, or were given other ones. */
  readonly #others: string[] = [];

  /**
   * @param found paths from `findInputs`: files of one connection follow each other
   * @param isKnown returns whether a connection has this UUID
   */
  constructor(found: readonly string[], isKnown: (uuid: string) => boolean) {
    this.#found = found;
    this.#index = new KeyIndex((index) => this.#uuidOf(index) ?? '');
    let before: string | undefined;
    for (const [index, path] of found.entries()) {
      const uuid = this.#uuidOf(index);
      if (uuid === undefined || !isKnown(uuid)) this.#others.push(path);
      else if (uuid !== before && this.#index.find(uuid) === undefined) this.#index.add(index, uuid);
      before = uuid;
    }
  }

  /** Returns the archives of a connection; if no name has its UUID, those that may hold any connection. */
  of(uuid: string | null): readonly string[] {
    const first = uuid === null ? undefined : this.#index.find(uuid);
    if (first === undefined) return this.#others;
    let end = first + 1;
    while (this.#uuidOf(end) === uuid) end++;
    return this.#found.slice(first, end);
  }

  #uuidOf(index: number): string | undefined {
    const path = this.#found[index];
    return path === undefined ? undefined : partOf(path)?.uuid;
  }
}
