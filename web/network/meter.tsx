import type { JSX } from 'preact';
import { PRESSURE_WORDS, pressureOf } from './budgets.js';

/** Options of {@link Meter}. */
export interface MeterProps {
  /** Share of the limit; null if the limit is unknown. */
  readonly share: number | null;
  /** Values in words: the bar is only for the eye. */
  readonly text: string;
}

/** Bar that shows how much of a limit is used, with its state in words. */
export function Meter({ share, text }: MeterProps): JSX.Element {
  const pressure = pressureOf(share);
  const word = PRESSURE_WORDS[pressure];
  const percent = share === null ? 0 : Math.min(100, share * 100);
  return (
    <span class="meter-row">
      <span class={`meter is-${pressure}`} aria-hidden="true">
        <span style={{ width: `${percent.toFixed(1)}%` }} />
      </span>
      <span class="meter-text">
        {text}
        {word === '' ? null : <b class="pressure"> {word}</b>}
      </span>
    </span>
  );
}
