import { ipv4, ipv6 } from '../payload.js';
import { asciiBytes, putBytes } from './put.js';
import { WordMemo } from './word-memo.js';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/** Writer of addresses in messages, which remembers texts of IPv6 and which addresses are local. */
export class AddressText {
  readonly #isLocal: (address: string) => boolean;
  readonly #texts = new WordMemo<Uint8Array>(4, 10);
  readonly #local4 = new WordMemo<boolean>(1, 12);
  readonly #local6 = new WordMemo<boolean>(4, 10);

  constructor(isLocal: (address: string) => boolean) {
    this.#isLocal = isLocal;
  }

  /** Forgets which addresses are local. */
  forgetLocal(): void {
    this.#local4.clear();
    this.#local6.clear();
  }

  /** Writes an address of IPv6 and returns the offset behind it. */
  putIpv6(out: Uint8Array, end: number, bytes: Uint8Array, view: DataView, at: number): number {
    setWords(this.#texts.key, view, at);
    return putBytes(out, end, this.#texts.find() ?? this.#texts.keep(asciiBytes(ipv6(bytes, at, at + IPV6_BYTES))));
  }

  /** Returns whether an address is local. */
  isLocal(isIpv4: boolean, bytes: Uint8Array, view: DataView, at: number): boolean {
    const memo = isIpv4 ? this.#local4 : this.#local6;
    setWords(memo.key, view, at);
    return (
      memo.find() ??
      memo.keep(this.#isLocal(isIpv4 ? ipv4(bytes, at, at + IPV4_BYTES) : ipv6(bytes, at, at + IPV6_BYTES)))
    );
  }
}

function setWords(key: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < key.length; i++) key[i] = view.getInt32(at + IPV4_BYTES * i);
}
