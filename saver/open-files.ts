/**
 * The files that are open, and whose was written to longest ago. A file counts as open from before it is made until it
 * is closed, so that nobody takes it for finished meanwhile. A holder has at most one file.
 */
export class OpenFiles<H extends object> {
  /** Whether each of them is to stay open once it is made. */
  readonly #paths = new Map<string, boolean>();
  /** The longest idle first, since sets keep the order of insertion. */
  readonly #idle = new Set<H>();
  #open = 0;

  /** Whether a file is being made or written to. */
  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** How many hold a descriptor, or are going to: not those that are made and closed in one. */
  get open(): number {
    return this.#open;
  }

  /** How many stay open until somebody says otherwise. */
  get lasting(): number {
    return this.#idle.size;
  }

  /** A file is about to be made, and closed at once if it does not stay open. */
  making(path: string, staysOpen: boolean): void {
    this.#paths.set(path, staysOpen);
    if (staysOpen) this.#open++;
  }

  /** It was not made, or it was closed. */
  gone(path: string): void {
    if (this.#paths.get(path) === true) this.#open--;
    this.#paths.delete(path);
  }

  /** The holder's file was written to, and stays open. */
  used(holder: H): void {
    this.#idle.delete(holder);
    this.#idle.add(holder);
  }

  /** The holder's file is going to be closed. */
  ending(holder: H): void {
    this.#idle.delete(holder);
  }

  /** Whose file was written to longest ago. */
  longestIdle(): H | undefined {
    return this.#idle.values().next().value;
  }
}
