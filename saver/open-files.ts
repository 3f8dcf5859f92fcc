/**
 * Open files, and the holder whose file has been idle longest. A file counts as open from before its creation until it
 * is closed, so that no other code takes it for finished meanwhile. A holder has at most one file.
 */
export class OpenFiles<H extends object> {
  /** Open files by path; the value is true when the file stays open after its creation. */
  readonly #paths = new Map<string, boolean>();
  /** Holders of open files, the longest idle first: a set keeps insertion order. */
  readonly #idle = new Set<H>();
  #open = 0;

  /** True while a file is being created or written to. */
  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Number of files that hold a descriptor or will; files that are closed as soon as they are created do not count. */
  get open(): number {
    return this.#open;
  }

  /** Number of files that stay open until {@link ending} is called for their holder. */
  get lasting(): number {
    return this.#idle.size;
  }

  /** Adds a file that is about to be created. Unless `staysOpen`, it is closed at once. */
  making(path: string, staysOpen: boolean): void {
    this.#paths.set(path, staysOpen);
    if (staysOpen) this.#open++;
  }

  /** Removes a file that was not created, or that was closed. */
  gone(path: string): void {
    if (this.#paths.get(path) === true) this.#open--;
    this.#paths.delete(path);
  }

  /** Notes that the holder's file was written to and stays open. */
  used(holder: H): void {
    this.#idle.delete(holder);
    this.#idle.add(holder);
  }

  /** Notes that the holder's file is about to be closed. */
  ending(holder: H): void {
    this.#idle.delete(holder);
  }

  /** Returns the holder whose file has been idle longest. */
  longestIdle(): H | undefined {
    return this.#idle.values().next().value;
  }
}
