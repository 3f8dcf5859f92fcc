import type { ClosedChoice } from '../../live/wire/index.js';

/** Sentences that say which connections a view has. */
export const CLOSED_WORDS: Readonly<Record<ClosedChoice, string>> = {
  true: 'Open and closed connections.',
  false: 'Open connections only.',
  only: 'Closed connections only.',
};

const ORDER: readonly ClosedChoice[] = ['true', 'false', 'only'];

/** Returns the choice after another one: closed rows beside the open ones, not at all, or alone. */
export function nextClosed(closed: ClosedChoice): ClosedChoice {
  return ORDER[(ORDER.indexOf(closed) + 1) % ORDER.length] ?? 'true';
}
