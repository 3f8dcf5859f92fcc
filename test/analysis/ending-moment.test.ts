import { describe, expect, it } from 'vitest';
import { copyMoment, type EndingMoment, emptyMoment, newObservation } from '../../analysis/index.js';

describe('EndingMoment', () => {
  it('starts empty, equal to an empty observation', () => {
    const moment = emptyMoment();
    expect(newObservation()).toMatchObject(moment);
    expect(moment).toMatchObject({ hasInfo: false, state: 0, bytesSent: null, delivered: null });
    expect(emptyMoment()).not.toBe(moment);
  });

  it('is copied with all its fields', () => {
    const fields = Object.keys(emptyMoment()).map((field, i) => [field, i + 1]);
    const from = Object.fromEntries(fields) as unknown as EndingMoment;
    const to = emptyMoment();
    expect(copyMoment(from, to)).toBe(to);
    expect(to).toEqual(from);
  });
});
