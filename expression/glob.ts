/** Letters of a text: a string, or anything with its two members. */
export interface Letters {
  readonly length: number;
  charCodeAt(index: number): number;
}

/**
 * Pattern with `*` (any letters) and `?` (one letter) that a text must match as a whole. The time is proportional to
 * the length of the text, for every pattern: pieces between stars are found one after the other, each by shifting bits
 * (the Shift-And algorithm), so that no letter is looked at again.
 */
export class Glob {
  readonly #head: Piece;
  readonly #middle: readonly Piece[];
  /** Undefined without a star. */
  readonly #tail: Piece | undefined;

  constructor(pattern: string) {
    const [head = '', ...others] = pattern.split('*');
    const tail = others.pop();
    this.#head = new Piece(head);
    this.#middle = others.filter((piece) => piece !== '').map((piece) => new Piece(piece));
    this.#tail = tail === undefined ? undefined : new Piece(tail);
  }

  matches(text: Letters): boolean {
    const [head, tail] = [this.#head, this.#tail];
    if (tail === undefined) return text.length === head.length && head.isAt(text, 0);
    const end = text.length - tail.length;
    if (end < head.length || !head.isAt(text, 0) || !tail.isAt(text, end)) return false;
    let from = head.length;
    for (const piece of this.#middle) {
      const found = piece.findEnd(text, from, end);
      if (found === undefined) return false;
      from = found;
    }
    return true;
  }
}

const WORD_BITS = 32;
const ANY = '?';

/** Piece of a pattern, without stars. */
class Piece {
  readonly length: number;
  readonly #letters: string;
  /** For each letter, a bit for each place of the piece that accepts it. */
  readonly #masks = new Map<number, Int32Array>();
  /** Places that accept every letter. */
  readonly #any: Int32Array;
  readonly #state: Int32Array;

  constructor(letters: string) {
    this.length = letters.length;
    this.#letters = letters;
    const words = Math.ceil(letters.length / WORD_BITS);
    this.#any = new Int32Array(words);
    this.#state = new Int32Array(words);
    for (const [place, letter] of letters.split('').entries()) if (letter === ANY) setBit(this.#any, place);
    for (const [place, letter] of letters.split('').entries()) {
      const code = letter.charCodeAt(0);
      const mask = this.#masks.get(code) ?? this.#any.slice();
      setBit(mask, place);
      this.#masks.set(code, mask);
    }
  }

  /** Returns whether the piece is in the text at this place. */
  isAt(text: Letters, at: number): boolean {
    for (let i = 0; i < this.length; i++) {
      if (this.#letters[i] !== ANY && this.#letters.charCodeAt(i) !== text.charCodeAt(at + i)) return false;
    }
    return true;
  }

  /** Returns the end of the first place between `from` and `to` at which the piece is in the text. */
  findEnd(text: Letters, from: number, to: number): number | undefined {
    const state = this.#state.fill(0);
    const last = this.length - 1;
    for (let i = from; i < to; i++) {
      const mask = this.#masks.get(text.charCodeAt(i)) ?? this.#any;
      // The lowest bit says that the piece may begin at this letter.
      let carry = 1;
      for (let word = 0; word < state.length; word++) {
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> (WORD_BITS - 1);
      }
      if (((state[last >> 5] ?? 0) & (1 << (last & 31))) !== 0) return i + 1;
    }
    return undefined;
  }
}

function setBit(bits: Int32Array, place: number): void {
  bits[place >> 5] = (bits[place >> 5] ?? 0) | (1 << (place & 31));
}
