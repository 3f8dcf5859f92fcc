import { describe, expect, it } from 'vitest';
import { ENDING_UNKNOWN, HOW_ENDED } from '../../../analysis/index.js';
import { ENDINGS, endedWords } from '../../../cmd/reading/limits.js';

describe('the words for an ending', () => {
  it('say which end closed first, and why something is not known', () => {
    expect(endedWords({ howEnded: 'closed', closedFirst: 'local', endingUnknownBecause: null })).toBe(
      'closed in order, local end first',
    );
    expect(endedWords({ howEnded: 'reset', closedFirst: 'remote', endingUnknownBecause: 'reset_sender' })).toBe(
      'reset, remote end first (the segments do not say by which end)',
    );
    expect(endedWords({ howEnded: 'refused', closedFirst: 'unknown', endingUnknownBecause: null })).toBe('refused');
  });

  it('are there for every value', () => {
    expect(new Set(HOW_ENDED.map((how) => ENDINGS[how])).size).toBe(HOW_ENDED.length);
    for (const endingUnknownBecause of ENDING_UNKNOWN) {
      expect(endedWords({ howEnded: 'unknown', closedFirst: 'unknown', endingUnknownBecause })).toMatch(
        /^ended.*\(.+\)$/,
      );
    }
  });
});
