/**
 * Signals that repeat within this time are one wish: a terminal sends SIGINT to a whole group of processes, of which
 * some, npm and timeout among them, pass it on once more.
 */
const ONE_WISH_MS = 2000;

/** SIGTERM, SIGINT and SIGHUP from the process' first moment on, kept until the program can act on them. */
export class EarlySignals {
  #first: { readonly signal: string; readonly atMs: number } | undefined;
  #end: ((signal: string) => void) | undefined;
  #force: (signal: string) => void = () => process.exit(1);
  #hangup: (() => void) | undefined;

  /** Installs the handlers. As PID 1 of a container a signal without handler would simply be lost. */
  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#asked(signal));
    // Nothing to rotate before there is anything.
    process.on('SIGHUP', () => this.#hangup?.());
  }

  /**
   * Calls `end` for the first SIGTERM or SIGINT, at once when it has come already, and `force` when another comes well
   * after it: somebody does not want to wait.
   */
  onEnd(end: (signal: string) => void, force: (signal: string) => void): void {
    this.#end = end;
    this.#force = force;
    if (this.#first !== undefined) end(this.#first.signal);
  }

  /** Calls `hangup` for SIGHUP. */
  onHangup(hangup: () => void): void {
    this.#hangup = hangup;
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
