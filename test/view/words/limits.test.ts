import { describe, expect, it } from 'vitest';
import { ENDING_UNKNOWN, HOW_ENDED } from '../../../analysis/index.js';
import { causeNames, causeWords, ENDINGS, endedWords, type ListedCause } from '../../../view/words/limits.js';

describe('the text for a cause', () => {
  const listed = (over: Partial<ListedCause> = {}): ListedCause => ({
    ...{ limitedBy: 'cwnd', limitedByRunnerUp: null, idleShare: 0.2 },
    ...over,
  });

  it('names the cause, and a second one that is close', () => {
    expect(causeWords(listed())).toBe('congestion window');
    expect(causeNames(listed({ limitedByRunnerUp: 'rwnd' }))).toBe('cwnd or rwnd');
    expect(causeWords(listed({ limitedBy: null, idleShare: null }))).toBe('');
  });

  it('starts with the idle time of a connection that was idle nearly all of its time', () => {
    expect(causeNames(listed({ idleShare: 0.97 }))).toBe('idle 97 %, cwnd');
    expect(causeWords(listed({ idleShare: 0.9, limitedByRunnerUp: 'peer' }))).toBe(
      'idle 90 %, congestion window or peer',
    );
    expect(causeWords(listed({ idleShare: 0.89 }))).toBe('congestion window');
    expect(causeNames(listed({ limitedBy: 'idle', idleShare: 1 }))).toBe('idle');
  });
});

describe('the text for an ending', () => {
  it('names the side that closed first, and the reason if something is unknown', () => {
    expect(endedWords({ howEnded: 'closed', closedFirst: 'local', endingUnknownBecause: null })).toBe(
      'closed in order, local end first',
    );
    expect(endedWords({ howEnded: 'reset', closedFirst: 'remote', endingUnknownBecause: 'reset_sender' })).toBe(
      'reset, remote end first (the segments do not say by which end)',
    );
    expect(endedWords({ howEnded: 'refused', closedFirst: 'unknown', endingUnknownBecause: null })).toBe('refused');
  });

  it('exists for every value', () => {
    expect(new Set(HOW_ENDED.map((how) => ENDINGS[how])).size).toBe(HOW_ENDED.length);
    for (const endingUnknownBecause of ENDING_UNKNOWN) {
      expect(endedWords({ howEnded: 'unknown', closedFirst: 'unknown', endingUnknownBecause })).toMatch(
        /^ended.*\(.+\)$/,
      );
    }
  });
});
