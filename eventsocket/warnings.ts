/** Takes a warning: a sentence without full stop, and values to be logged with it. */
export type Warn = (message: string, fields: Readonly<Record<string, string | number>>) => void;

const QUIET_MS = 10_000;

/** Passes on the first warning of a kind and holds back the like of it for ten seconds; the next one tells how many. */
export class Warnings {
  readonly #warn: Warn;
  readonly #kinds = new Map<string, { untilMs: number; heldBack: number }>();

  constructor(warn: Warn) {
    this.#warn = warn;
  }

  /** `kind` is one of a few: each is remembered. */
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
