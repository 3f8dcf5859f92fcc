import { describe, expect, it } from 'vitest';
import { fillObservation, newObservation, OBSERVED_FIELDS, type ObservationReaders } from '../../analysis/index.js';

const NAMES = Object.keys(newObservation());

describe('fillObservation', () => {
  it('sets every field of an observation by the reader of that field', () => {
    const readers = Object.fromEntries(NAMES.map((name) => [name, (source: string) => `${source} ${name}`]));
    const filled = fillObservation(readers as unknown as ObservationReaders<string>, 'the', newObservation());
    expect(filled).toEqual(Object.fromEntries(NAMES.map((name) => [name, `the ${name}`])));
  });
});

describe('OBSERVED_FIELDS', () => {
  it('names a source for every field of an observation but five', () => {
    const others = NAMES.filter((name) => !Object.hasOwn(OBSERVED_FIELDS, name));
    expect(others).toEqual(['timestamp', 'timeUs', 'hasInfo', 'congestionAlgorithm', 'appLimited']);
    expect(Object.keys(OBSERVED_FIELDS)).toEqual(NAMES.filter((name) => !others.includes(name)));
  });

  it('takes each number from a different field of the kernel', () => {
    const sources = Object.values(OBSERVED_FIELDS).map(({ part, field }) => `${part} ${field.cName}`);
    expect(sources.toSorted()).toEqual([...new Set(sources)].toSorted());
  });
});
