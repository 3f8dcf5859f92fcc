import { describe, expect, it } from 'vitest';
import { nearest } from '../../../cmd/flags/nearest.js';

const WORDS = ['summary', 'show', 'query', 'format', 'prom'];

describe('the nearest word', () => {
  it.each([
    ['sumary', 'summary'],
    ['shwo', 'show'],
    ['fromat', 'format'],
    ['summary', 'summary'],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, WORDS)).toBe(expected);
  });

  it.each(['start', 'x', '', 'collector'])('to %j is none', (word) => {
    expect(nearest(word, WORDS)).toBeUndefined();
  });

  it('is none without candidates', () => {
    expect(nearest('show', [])).toBeUndefined();
  });
});
