import { describe, expect, it } from 'vitest';
import { copyMoment, type EndingMoment, emptyMoment, newObservation } from '../../analysis/index.js';

describe('a moment', () => {
  it('is empty as an observation is of which nothing is known', () => {
    const moment = emptyMoment();
    expect(newObservation()).toMatchObject(moment);
    expect(moment).toMatchObject({ hasInfo: false, state: 0, bytesSent: null, delivered: null });
    expect(emptyMoment()).not.toBe(moment);
  });

  it('is copied with every field that it has', () => {
    const fields = Object.keys(emptyMoment()).map((field, i) => [field, i + 1]);
    const from = Object.fromEntries(fields) as unknown as EndingMoment;
    const to = emptyMoment();
    expect(copyMoment(from, to)).toBe(to);
    expect(to).toEqual(from);
  });
});
