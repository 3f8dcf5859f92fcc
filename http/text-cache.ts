const ENTRIES = 1024;
/** Longer texts are rarely seen again. */
const LONGEST = 256;
/** Arguments of one call are bounded by the stack. */
const PIECE = 4096;

/** Turns bytes into text, one character a byte (ISO 8859-1), without making the same text again and again. */
export class TextCache {
  readonly #texts: string[] = new Array(ENTRIES).fill('');

  /** Returns the text of the bytes from `start` to `end`. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > LONGEST) return decode(bytes, start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (ENTRIES - 1);
    const known = this.#texts[slot] ?? '';
    if (known.length === length && isText(bytes, start, known)) return known;
    const text = decode(bytes, start, end);
    this.#texts[slot] = text;
    return text;
  }
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + PIECE, end)));
  }
  return text;
}
