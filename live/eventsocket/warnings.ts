/** Logs a warning: a sentence without full stop, and values. */
export type Warn = (message: string, fields: Readonly<Record<string, string | number>>) => void;

const QUIET_MS = 10_000;

/** Rate limit for warnings: one per kind in ten seconds. The next one contains the number of suppressed warnings. */
export class Warnings {
  readonly #warn: Warn;
  readonly #kinds = new Map<string, { untilMs: number; heldBack: number }>();

  constructor(warn: Warn) {
    this.#warn = warn;
  }

  /** Logs or suppresses a warning. Every `kind` is kept in memory, so there must be only a few. */
  warn(kind: string, message: string, fields: Readonly<Record<string, string | number>>): void {
    const nowMs = performance.now();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs < last.untilMs) {
      last.heldBack++;
      return;
    }
    this.#kinds.set(kind, { untilMs: nowMs + QUIET_MS, heldBack: 0 });
    const heldBack = last?.heldBack ?? 0;
    this.#warn(message, heldBack > 0 ? { ...fields, held_back: heldBack } : fields);
  }
}
