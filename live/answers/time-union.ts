/** Span of time, microseconds since 1970, without its end. */
interface Span {
  readonly startUs: number;
  endUs: number;
}

/** Times that belong to at least one of many spans, which may overlap. */
export class TimeUnion {
  /** Spans. One that touches the last one is merged with it at once. */
  #spans: Span[] = [];
  #isOrdered = true;

  /** Adds a span; one that ends before it begins, because the clock was set back, has no length. */
  add(startUs: number, endUs: number): void {
    const last = this.#spans.at(-1);
    if (last !== undefined && startUs >= last.startUs && startUs <= last.endUs) {
      last.endUs = Math.max(last.endUs, endUs);
      return;
    }
    if (last !== undefined && startUs < last.startUs) this.#isOrdered = false;
    this.#spans.push({ startUs, endUs: Math.max(startUs, endUs) });
  }

  /** Adds all spans of another one. */
  addAll(other: TimeUnion): void {
    for (const { startUs, endUs } of other.#spans) this.add(startUs, endUs);
  }

  /** Length of all times together, microseconds; times of several spans count once. */
  get lengthUs(): number {
    if (!this.#isOrdered) this.#order();
    return this.#spans.reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0);
  }

  #order(): void {
    const spans = this.#spans.sort((a, b) => a.startUs - b.startUs);
    this.#spans = [];
    this.#isOrdered = true;
    for (const { startUs, endUs } of spans) this.add(startUs, endUs);
  }
}
