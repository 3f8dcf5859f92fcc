import type { EventEmitter } from 'node:events';

/**
 * Time within which repeated signals count as one: a terminal sends SIGINT to a whole process group, and some of its
 * members, such as npm and timeout, forward it once more.
 */
const ONE_WISH_MS = 2000;

/** SIGTERM, SIGINT and SIGHUP from the start of the process, kept until the program can act on them. */
export class EarlySignals {
  #first: { readonly signal: string; readonly atMs: number } | undefined;
  #end: ((signal: string) => void) | undefined;
  #force: (signal: string) => void = () => process.exit(1);
  #hangup: (() => void) | undefined;
  /** True if SIGHUP came before the program could act on it. */
  #hungUpEarly = false;

  /**
   * Installs the handlers. For PID 1 of a container, signals without a handler have no effect.
   * @param source emits the signals; replaced in tests
   */
  constructor(source: Pick<EventEmitter, 'on'> = process) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) source.on(signal, () => this.#asked(signal));
    source.on('SIGHUP', () => {
      if (this.#hangup === undefined) this.#hungUpEarly = true;
      else this.#hangup();
    });
  }

  /**
   * Calls `end` for the first SIGTERM or SIGINT, at once if it has already come, and `force` for another one well after
   * it, from a user who does not want to wait.
   */
  onShutdown(end: (signal: string) => void, force: (signal: string) => void): void {
    this.#end = end;
    this.#force = force;
    if (this.#first !== undefined) end(this.#first.signal);
  }

  /** Calls `hangup` for each SIGHUP, at once if one has already come: what was read before it may be out of date. */
  onHangup(hangup: () => void): void {
    this.#hangup = hangup;
    if (this.#hungUpEarly) hangup();
    this.#hungUpEarly = false;
  }

  #asked(signal: string): void {
    if (this.#first === undefined) {
      this.#first = { signal, atMs: performance.now() };
      this.#end?.(signal);
    } else if (performance.now() - this.#first.atMs > ONE_WISH_MS) {
      this.#force(signal);
    }
  }
}
