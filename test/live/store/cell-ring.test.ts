import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellChain, CellRing, emptyChain } from '../../../live/store/cell-ring.js';

interface Row {
  readonly name: number;
  readonly chain: CellChain;
}

function setUp(capacity: number, count: number) {
  const rows = Array.from({ length: count }, (_, name): Row => ({ name, chain: emptyChain() }));
  const ring = new CellRing<Row>(capacity, ({ chain }) => chain);
  const row = (i: number): Row => {
    const found = rows[i];
    if (found === undefined) throw new RangeError(`no row ${i}`);
    return found;
  };
  return { ring, rows, row };
}

describe('CellRing', () => {
  it('is empty at first', () => {
    const { ring, row } = setUp(3, 1);
    expect([ring.size, ring.isFull, ring.lastPlace(row(0)), [...ring.places(row(0))]]).toEqual([
      0,
      false,
      undefined,
      [],
    ]);
  });

  it('lets go of a row that is forgotten, whose cells belong to no row', () => {
    const { ring, row } = setUp(3, 2);
    const places = [ring.push(row(0)), ring.push(row(1)), ring.push(row(0))];
    ring.forget(row(0));
    expect(places.map((place) => ring.rowAt(place)?.name)).toEqual([undefined, 1, undefined]);
    expect([ring.size, ring.lastPlace(row(0))]).toEqual([3, undefined]);
    ring.shift();
    expect(ring.rowAt(ring.oldest)).toBe(row(1));
    // The row may have cells again.
    const again = ring.push(row(0));
    expect([...ring.places(row(0))]).toEqual([again]);
  });

  it('keeps the cells of each row in order, as a plain list does', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), row: fc.nat({ max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('shift' as const), row: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), row: fc.nat({ max: 3 }) }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(action, { maxLength: 80 }), (capacity, actions) => {
        const { ring, rows, row } = setUp(capacity, 4);
        let model: { place: number; name: number | undefined }[] = [];
        for (const { kind, row: i } of actions) {
          if (kind === 'forget') {
            ring.forget(row(i));
            model = model.map((cell) => (cell.name === i ? { ...cell, name: undefined } : cell));
          } else if (model.length > 0 && (kind === 'shift' || ring.isFull)) {
            expect(ring.oldest).toBe(model[0]?.place);
            ring.shift();
            model.shift();
          }
          if (kind === 'push') model.push({ place: ring.push(row(i)), name: i });
          expect(ring.size).toBe(model.length);
          expect(ring.isFull).toBe(model.length === capacity);
          for (const each of rows) {
            const places = model.filter(({ name }) => name === each.name).map(({ place }) => place);
            expect([...ring.places(each)]).toEqual(places);
            expect(ring.lastPlace(each)).toBe(places.at(-1));
          }
          for (const { place, name } of model) expect(ring.rowAt(place)?.name).toBe(name);
        }
      }),
    );
  });
});
