import { describe, expect, it } from 'vitest';
import { LargeLists, Slots } from '../../../live/api/slots.js';

describe('slots', () => {
  it('are free again when each was given back, once', () => {
    const slots = new Slots(2, 'there are 2 already');
    const [first] = [slots.take(), slots.take()];
    expect(() => slots.take()).toThrow('there are 2 already');
    first?.();
    first?.();
    slots.take();
    expect(() => slots.take()).toThrow(expect.objectContaining({ status: 429, headers: { 'Retry-After': '1' } }));
  });
});

describe('large lists', () => {
  it('are made one at a time, four a second', () => {
    const lists = new LargeLists();
    const end = lists.begin(0);
    expect(() => lists.begin(1)).toThrow('another list');
    end();
    for (let n = 0; n < 3; n++) lists.begin(2)();
    expect(() => lists.begin(999)).toThrow('4 lists');
    lists.begin(1000)();
  });
});
