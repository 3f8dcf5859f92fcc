import { describe, expect, it } from 'vitest';
import { nearest } from '../../../cmd/flags/nearest.js';

const WORDS = ['summary', 'show', 'query', 'format', 'prom'];

describe('nearest', () => {
  it.each([
    ['sumary', 'summary'],
    ['shwo', 'show'],
    ['fromat', 'format'],
    ['summary', 'summary'],
  ])('suggests for %s the word %s', (word, expected) => {
    expect(nearest(word, WORDS)).toBe(expected);
  });

  it.each(['start', 'x', '', 'collector'])('suggests nothing for %j', (word) => {
    expect(nearest(word, WORDS)).toBeUndefined();
  });

  it('suggests nothing without candidates', () => {
    expect(nearest('show', [])).toBeUndefined();
  });
});
