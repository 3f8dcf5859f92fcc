import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FIRST_PLACE, movePlace, placeFromHash, placeToHash, TAB_NAMES } from '../../../web/state/place.js';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const places = fc.record({
  tab: fc.constantFrom(...TAB_NAMES),
  filter: text,
  sort: text,
  closed: fc.constantFrom('true' as const, 'false' as const, 'only' as const),
  columns: text,
  group: text,
  key: text,
  compare: text,
  from: text,
  until: text,
});

it('reads back each place from its address', () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(placeFromHash(placeToHash(place))).toEqual(place);
    }),
  );
});

it('writes only letters that an address may have', () => {
  fc.assert(
    fc.property(places, (place) => {
      const hash = placeToHash(place);
      expect(new URL(`http://localhost/#${hash}`).hash).toBe(hash === '' ? '' : `#${hash}`);
    }),
  );
});

it('keeps expressions readable', () => {
  const place = { ...FIRST_PLACE, filter: 'dport 443 rtt > 3*minrtt', sort: '-now.rttUs,uuid' };
  expect(placeToHash(place)).toBe('filter=dport+443+rtt+>+3*minrtt&sort=-now.rttUs,uuid');
});

it('has no fragment for the first place', () => {
  expect(placeToHash(FIRST_PLACE)).toBe('');
  expect(placeFromHash('')).toEqual(FIRST_PLACE);
  expect(placeFromHash('#')).toEqual(FIRST_PLACE);
});

it('ignores names and choices that do not exist', () => {
  expect(placeFromHash('#tab=nonsense&closed=maybe&token=secret&filter=rtt')).toEqual({
    ...FIRST_PLACE,
    filter: 'rtt',
  });
});

it('reads any text as a place, whose address then stays', () => {
  fc.assert(
    fc.property(text, (hash) => {
      const place = placeFromHash(hash);
      expect(placeFromHash(placeToHash(place))).toEqual(place);
    }),
  );
});

it('returns the same place if nothing changes', () => {
  expect(movePlace(FIRST_PLACE, { filter: '' })).toBe(FIRST_PLACE);
  expect(movePlace(FIRST_PLACE, { filter: 'rtt > 1s' })).toEqual({ ...FIRST_PLACE, filter: 'rtt > 1s' });
});
