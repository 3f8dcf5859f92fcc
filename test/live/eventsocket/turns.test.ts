import { describe, expect, it } from 'vitest';
import { Turns } from '../../../live/eventsocket/turns.js';

describe('Turns', () => {
  it('grants one turn at a time, in order, with an event loop iteration between two', async () => {
    const turns = new Turns();
    const ran: string[] = [];
    const piece = (name: string, left: number): void => {
      ran.push(name);
      if (left > 1) turns.next(() => piece(name, left - 1));
    };
    turns.next(() => piece('a', 3));
    turns.next(() => piece('b', 2));
    turns.next(() => piece('c', 1));
    expect(ran).toEqual([]);
    while (ran.length < 6) {
      const before = ran.length;
      await new Promise(setImmediate);
      expect(ran.length - before).toBeLessThanOrEqual(1);
    }
    expect(ran.join('')).toBe('abcaba');
  });
});
