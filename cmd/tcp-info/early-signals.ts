/** Signals that came while the program was still starting, kept for when it can act on them. */
export class EarlySignals {
  #ended: string | undefined;
  #end: ((signal: string) => void) | undefined;
  #hangup: (() => void) | undefined;

  /** Installs the handlers. As PID 1 of a container a signal without handler would simply be lost. */
  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.#ended ??= signal;
        this.#end?.(signal);
      });
    }
    // Nothing to rotate before there is anything.
    process.on('SIGHUP', () => this.#hangup?.());
  }

  /** Calls `end` for SIGTERM and SIGINT, at once when one has come already. */
  onEnd(end: (signal: string) => void): void {
    this.#end = end;
    if (this.#ended !== undefined) end(this.#ended);
  }

  /** Calls `hangup` for SIGHUP. */
  onHangup(hangup: () => void): void {
    this.#hangup = hangup;
  }
}
