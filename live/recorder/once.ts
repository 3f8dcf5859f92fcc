/** Connections that a rule has had recorded lately: none is recorded twice in the time of one recording. */
export class RecordedLately {
  /** End of the time by rule and UUID, milliseconds. */
  readonly #untilMs = new Map<string, number>();

  /** Returns the connections that the rule may have recorded now, in their order. */
  due<T extends { readonly uuid: string }>(rule: string, connections: readonly T[], nowMs: number): readonly T[] {
    return connections.filter(({ uuid }) => (this.#untilMs.get(key(rule, uuid)) ?? 0) <= nowMs);
  }

  /** Notes that the rule has connections recorded, and when it may again. */
  recorded(rule: string, connections: readonly { readonly uuid: string }[], untilMs: number): void {
    for (const { uuid } of connections) this.#untilMs.set(key(rule, uuid), untilMs);
  }

  /** Forgets what is over. */
  expire(nowMs: number): void {
    for (const [name, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(name);
  }
}

function key(rule: string, uuid: string): string {
  return `${rule}\0${uuid}`;
}
