import { describe, expect, it } from 'vitest';
import { SharedTexts } from '../../http/shared-texts.js';

describe('SharedTexts', () => {
  it('returns the same letters for any number of texts, again and again', () => {
    const texts = new SharedTexts();
    const ends = Array.from({ length: 1000 }, (_, i) => `10.0.0.1:${i}`);
    for (const each of [...ends, ...ends.toReversed()]) expect(texts.share(each)).toBe(each);
  });
});
