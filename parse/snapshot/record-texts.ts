import { decodeCong } from '../../inetdiag/index.js';
import { formatAddress } from '../../netlink/index.js';

/** Text of an address in a block. Caches the latest text: an archive is about one connection. */
export class AddressText {
  readonly #data: DataView;
  readonly #at: number;
  readonly #last = new Int32Array(4);
  #family = -1;
  #text = '';

  constructor(data: DataView, at: number) {
    this.#data = data;
    this.#at = at;
  }

  /** Returns the address as text of this family. */
  read(family: number): string {
    const last = this.#last;
    let same = family === this.#family;
    for (let i = 0; i < 4; i++) {
      const word = this.#data.getInt32(this.#at + 4 * i, true);
      if (word === last[i]) continue;
      last[i] = word;
      same = false;
    }
    if (!same) {
      this.#family = family;
      this.#text = formatAddress(new Uint8Array(this.#data.buffer, this.#at, 16), family);
    }
    return this.#text;
  }
}

/** Text of a cookie in a block, 16 upper-case hexadecimal digits. Caches the latest text. */
export class CookieText {
  readonly #data: DataView;
  readonly #at: number;
  #low = 0;
  #high = 0;
  #text = '0'.repeat(16);

  constructor(data: DataView, at: number) {
    this.#data = data;
    this.#at = at;
  }

  read(): string {
    const low = this.#data.getUint32(this.#at, true);
    const high = this.#data.getUint32(this.#at + 4, true);
    if (low !== this.#low || high !== this.#high) {
      this.#low = low;
      this.#high = high;
      this.#text = (high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')).toUpperCase();
    }
    return this.#text;
  }
}

/** Text of a NUL-terminated name. Caches the latest text. */
export class NameText {
  #bytes: Uint8Array = new Uint8Array(0);
  #text = '';

  read(payload: Uint8Array): string {
    if (!same(payload, this.#bytes)) {
      this.#bytes = new Uint8Array(payload);
      this.#text = decodeCong(payload);
    }
    return this.#text;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
