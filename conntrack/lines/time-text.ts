import { asciiBytes, putBytes, putDigits } from './put.js';

const WORD = 2 ** 32;
const NS_PER_SECOND = 1e9;
const NS_PER_DAY = 86_400 * NS_PER_SECOND;
const NS_PER_MS = 1_000_000n;
const FRACTION_DIGITS = 9;
const [ZERO, COLON, DOT, ZULU] = [0x30, 0x3a, 0x2e, 0x5a];

/** Writer of times as `formatNs` formats them. It keeps the text of one day: times of flows come close together. */
export class TimeText {
  /** First nanosecond of the day, in two words. */
  #high = 0;
  #low = 0;
  #day = asciiBytes('1970-01-01T');

  /** Writes nanoseconds since 1970, given as two words, and returns the offset behind them. */
  put(out: Uint8Array, at: number, high: number, low: number): number {
    let ns = (high - this.#high) * WORD + (low - this.#low);
    if (ns < 0 || ns >= NS_PER_DAY) {
      this.#begin(high, low);
      ns = (high - this.#high) * WORD + (low - this.#low);
    }
    const second = Math.floor(ns / NS_PER_SECOND);
    const minute = (second / 60) >>> 0;
    const hour = (minute / 60) >>> 0;
    let end = putBytes(out, at, this.#day);
    end = putDigits(out, end, end + 2, hour);
    out[end] = COLON;
    end = putDigits(out, end + 1, end + 3, minute - 60 * hour);
    out[end] = COLON;
    end = putDigits(out, end + 1, end + 3, second - 60 * minute);
    const fraction = ns - second * NS_PER_SECOND;
    if (fraction > 0) {
      out[end] = DOT;
      end = putDigits(out, end + 1, end + 1 + FRACTION_DIGITS, fraction);
      while (out[end - 1] === ZERO) end--;
    }
    out[end] = ZULU;
    return end + 1;
  }

  #begin(high: number, low: number): void {
    const ns = (BigInt(high) << 32n) | BigInt(low);
    const day = ns - (ns % BigInt(NS_PER_DAY));
    this.#high = Number(day >> 32n);
    this.#low = Number(day & 0xffff_ffffn);
    this.#day = asciiBytes(new Date(Number(day / NS_PER_MS)).toISOString().slice(0, '1970-01-01T'.length));
  }
}
