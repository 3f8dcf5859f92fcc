import type { Key } from './keys.js';
import { LineEdit } from './line-edit.js';

/** Interval at which a connection is to be read, and time for which it is. */
export interface WatchAnswer {
  readonly intervalMs: number;
  readonly forSec: number;
}

/** Result of a key. */
export type WatchResult = WatchAnswer | 'cancel' | 'kept';

const DEFAULT = '1ms 60s';
const FORM = /^\s*(\d{1,4})\s*ms(?:\s+(\d{1,4})\s*(s|min))?\s*$/;
const SECONDS_PER_MINUTE = 60;
const MAX_INTERVAL_MS = 1000;
const MAX_FOR_SEC = 3600;

/** Question for the interval and the time of a watch, in the last line. */
export class WatchQuestion {
  readonly edit = new LineEdit(DEFAULT);
  /** True after an answer that cannot be used. */
  isWrong = false;

  /** @param key of the row to watch */
  constructor(readonly key: string) {}

  /** Text of the last line. */
  get text(): string {
    const hint = this.isWrong
      ? 'expected 1ms to 1000ms and up to 60min, such as 1ms 60s'
      : 'Enter begins, Esc does not';
    return `Watch (interval, time): ${this.edit.text}   ${hint}`;
  }

  press(key: Key): WatchResult {
    if (key.name === 'escape') return 'cancel';
    if (key.name !== 'enter') {
      if (this.edit.press(key)) this.isWrong = false;
      return 'kept';
    }
    const answer = parse(this.edit.text);
    this.isWrong = answer === undefined;
    return answer ?? 'kept';
  }
}

function parse(text: string): WatchAnswer | undefined {
  const [, interval, time = '1', unit = 'min'] = FORM.exec(text) ?? [];
  const intervalMs = Number(interval ?? 0);
  const forSec = Number(time) * (unit === 'min' ? SECONDS_PER_MINUTE : 1);
  const isRight = intervalMs >= 1 && intervalMs <= MAX_INTERVAL_MS && forSec >= 1 && forSec <= MAX_FOR_SEC;
  return isRight ? { intervalMs, forSec } : undefined;
}
