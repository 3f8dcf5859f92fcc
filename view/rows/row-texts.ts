import type { RowJson } from '../../live/wire/index.js';
import { ownLetters, printable } from '../chart/index.js';
import { endedWords, LIMITS } from '../words/index.js';
import { cutText } from './text-cut.js';
import { ageText, type Look } from './values.js';

/**
 * Returns name and id of a row's process, or the reason for which it is unknown. The name is cut, and the id never: it
 * is left out if it does not fit.
 */
export function processText({ process, processUnknown }: RowJson, look: Look, width: number): string {
  if (process === null || process === undefined) {
    const reason = processUnknown === 'off' ? null : (processUnknown ?? null);
    return cutText(ownLetters(reason === null ? '–' : `– ${reason}`, look), width, look.unicode);
  }
  const name = printable(process.command ?? '?', look);
  const id = process.pid === undefined ? '' : ` ${process.pid}`;
  const room = width - id.length;
  return room < LEAST_NAME ? cutText(name, width, look.unicode) : cutText(name, room, look.unicode) + id;
}

/** Fewest letters of a name beside its id. */
const LEAST_NAME = 4;

/** Names of states that `ss` shortens, too. */
const SHORT_STATES: ReadonlyMap<string, string> = new Map([['ESTABLISHED', 'ESTAB']]);

/** Returns the state of a row in at most ten letters. */
export function stateText({ state }: RowJson): string {
  return state === undefined ? '' : printable(SHORT_STATES.get(state) ?? state, { unicode: false });
}

/** Returns the cause that limits a row. */
export function limitedText({ now }: RowJson): string {
  const name = now?.limitedBy ?? null;
  return name === null ? '' : (LIMITS.find((each) => each.name === name)?.name ?? '');
}

/** Returns the time since a closed row's end, and how it ended. */
export function endText({ connection, closedTime, endCause }: RowJson, timeUs: number, look: Look): string {
  const closedUs = closedTime === null || closedTime === undefined ? Number.NaN : Date.parse(closedTime) * 1000;
  const age = Number.isFinite(closedUs) ? ` ${ageText(Math.max(0, timeUs - closedUs))} ago` : '';
  const words =
    connection?.howEnded === undefined || connection.howEnded === 'open'
      ? (endCause ?? '')
      : endedWords({
          howEnded: connection.howEnded,
          closedFirst: connection.closedFirst ?? 'unknown',
          endingUnknownBecause: connection.endingUnknownBecause ?? null,
        });
  return ownLetters(`closed${age}${words === '' ? '' : `: ${words}`}`, look);
}
