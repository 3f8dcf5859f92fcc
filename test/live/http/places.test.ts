import { describe, expect, it } from 'vitest';
import { type Placed, Places } from '../../../live/http/places.js';

const member = (host: string, sinceMs: number): Placed => ({ host, sinceMs });

describe('Places', () => {
  it('replaces the longest silent connection of the host with the most', () => {
    const places = new Places<Placed>(4);
    const scraper = member('scraper', 0);
    const crowd = [member('crowd', 3), member('crowd', 1), member('crowd', 2)];
    for (const each of [scraper, ...crowd]) expect(places.enter(each)).toBeUndefined();
    expect(places.enter(member('crowd', 4))).toBe(crowd[1]);
    expect(places.enter(member('other', 5))).toBe(crowd[2]);
    expect(places.taken).toBe(4);
    expect([...places]).toContain(scraper);
  });

  it('replaces the longest silent connection when each host has one', () => {
    const places = new Places<Placed>(2);
    const [first, second] = [member('a', 2), member('b', 1)];
    places.enter(first);
    places.enter(second);
    expect(places.enter(member('c', 3))).toBe(second);
  });

  it('keeps busy connections if asked to, and turns the new one away when all are busy', () => {
    const places = new Places<Placed>(2, true);
    const [busy, idle] = [
      { ...member('a', 1), isBusy: true },
      { ...member('b', 9), isBusy: false },
    ];
    places.enter(busy);
    places.enter(idle);
    const next = { ...member('c', 10), isBusy: true };
    expect(places.enter(next)).toBe(idle);
    const last = member('d', 11);
    expect(places.enter(last)).toBe(last);
    expect([...places]).toEqual([busy, next]);
    expect(places.taken).toBe(2);
  });

  it('never replaces the new connection itself', () => {
    const places = new Places<Placed>(1);
    const first = member('a', 5);
    places.enter(first);
    expect(places.enter(member('a', 0))).toBe(first);
  });

  it('frees a place once', () => {
    const places = new Places<Placed>(2);
    const one = member('a', 1);
    places.enter(one);
    places.leave(one);
    places.leave(one);
    expect(places.taken).toBe(0);
    expect([...places]).toEqual([]);
  });
});
