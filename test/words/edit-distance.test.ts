import { describe, expect, it } from 'vitest';
import { editDistance } from '../../words/index.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['last', 'last', 0],
    ['lasst', 'last', 1],
    ['lst', 'last', 1],
    ['lest', 'last', 1],
    ['', 'last', 4],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %d in both directions', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
