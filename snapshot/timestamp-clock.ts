import { timestampToNs } from '../parse/index.js';

/** Characters of `2026-11-20T23:28:`, of which the records of an archive have few. */
const MINUTE_CHARS = 17;

/** Reads many timestamps that are close to each other, at a fraction of what one costs by itself. */
export class TimestampClock {
  #minute = '';
  #minuteUs = 0;

  /** Whole microseconds since the Unix epoch (rounded down) of a valid RFC 3339 timestamp; exact up to the year 2255. */
  us(timestamp: string): number {
    const end = timestamp.length - 1;
    // In UTC, and with a fraction or without: what tcp-info writes. 20 is where a fraction's digits begin.
    if (end < 19 || timestamp.charCodeAt(end) !== Z || (end > 19 && timestamp.charCodeAt(19) !== DOT)) {
      return slow(timestamp);
    }
    if (!timestamp.startsWith(this.#minute) || this.#minute === '') {
      this.#minute = timestamp.slice(0, MINUTE_CHARS);
      this.#minuteUs = slow(`${this.#minute}00Z`);
    }
    let us = digit(timestamp, 17) * 10 + digit(timestamp, 18);
    for (let at = 20; at < 26; at++) us = us * 10 + (at < end ? digit(timestamp, at) : 0);
    return this.#minuteUs + us;
  }
}

const Z = 0x5a;
const DOT = 0x2e;

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 0x30;
}

function slow(timestamp: string): number {
  const ns = timestampToNs(timestamp) ?? 0n;
  const us = ns / 1000n;
  return Number(us * 1000n > ns ? us - 1n : us);
}
