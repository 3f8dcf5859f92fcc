import type { Key } from './keys.js';

/** Text with a cursor, edited as in a shell. */
export class LineEdit {
  #text: string;
  #at: number;

  constructor(text = '') {
    this.#text = text;
    this.#at = text.length;
  }

  get text(): string {
    return this.#text;
  }

  /** Position of the cursor, a count of UTF-16 units. */
  get at(): number {
    return this.#at;
  }

  /** Moves the cursor to the end of a range, after replacing the range. */
  replace(from: number, to: number, text: string): void {
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to);
    this.#at = from + text.length;
  }

  /** Applies a key. Returns whether the text or the cursor changed. */
  press({ name, text }: Key): boolean {
    const [before, at] = [this.#text, this.#at];
    switch (name) {
      case 'text':
        this.replace(at, at, text);
        break;
      case 'backspace':
        this.replace(this.#left(at), at, '');
        break;
      case 'delete':
        this.#text = before.slice(0, at) + before.slice(this.#right(at));
        break;
      case 'left':
        this.#at = this.#left(at);
        break;
      case 'right':
        this.#at = this.#right(at);
        break;
      case 'home':
      case 'ctrl-a':
        this.#at = 0;
        break;
      case 'end':
      case 'ctrl-e':
        this.#at = before.length;
        break;
      case 'ctrl-u':
        this.replace(0, at, '');
        break;
      case 'ctrl-k':
        this.#text = before.slice(0, at);
        break;
      case 'ctrl-w':
        this.replace(before.slice(0, at).trimEnd().search(/\S+$/) === -1 ? 0 : wordStart(before, at), at, '');
        break;
      default:
        return false;
    }
    return this.#text !== before || this.#at !== at;
  }

  #left(at: number): number {
    const [last = ''] = [...this.#text.slice(0, at)].slice(-1);
    return at - last.length;
  }

  #right(at: number): number {
    const [first = ''] = this.#text.slice(at);
    return at + first.length;
  }
}

function wordStart(text: string, at: number): number {
  return text.slice(0, at).trimEnd().search(/\S+$/);
}
