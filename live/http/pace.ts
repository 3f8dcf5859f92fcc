/** Rate limit: a fixed number of turns per time window. Tasks above the limit wait for their turn. */
export class Pace {
  readonly #perWindow: number;
  readonly #windowMs: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(perWindow: number, windowMs: number) {
    this.#perWindow = perWindow;
    this.#windowMs = windowMs;
    this.#left = perWindow;
  }

  /** Takes one of this window's turns; returns false if all are taken. */
  take(): boolean {
    if (this.#left === 0 || this.#waiting.length > 0) return false;
    this.#left--;
    this.#timer ??= setTimeout(() => this.#nextWindow(), this.#windowMs).unref();
    return true;
  }

  /** Runs `task` now, or when it is its turn. */
  run(task: () => void): void {
    if (this.take()) task();
    else this.#waiting.push(task);
  }

  /** Drops all waiting tasks. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #nextWindow(): void {
    this.#timer = undefined;
    this.#left = this.#perWindow;
    const tasks = this.#waiting.splice(0, this.#perWindow);
    if (tasks.length === 0) return;
    this.#left -= tasks.length;
    this.#timer = setTimeout(() => this.#nextWindow(), this.#windowMs).unref();
    for (const task of tasks) task();
  }
}
