/** Texts that are kept; with more, all are forgotten. */
const ENTRIES = 256;

/** Texts that many flows have, such as those of servers: each is in memory once. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** Returns the text that was first seen with these letters. */
  share(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= ENTRIES) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
