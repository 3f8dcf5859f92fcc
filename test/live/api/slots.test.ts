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
  const list = (bytes: number) => async () => await Promise.resolve([new Uint8Array(bytes)]);

  it('are made one at a time, four a second', async () => {
    const lists = new LargeLists();
    let finish = (_: Uint8Array[]): void => undefined;
    const first = lists.make(0, () => new Promise((resolve) => (finish = resolve)));
    await expect(lists.make(1, list(1))).rejects.toThrow('another list');
    finish([new Uint8Array(1)]);
    expect((await first).body.length).toBe(1);
    for (let n = 0; n < 3; n++) await lists.make(2, list(1)); // none of them is read
    await expect(lists.make(999, list(1))).rejects.toThrow('4 lists');
    await lists.make(1000, list(1));
  });

  it('that fail leave their turn to the next', async () => {
    const lists = new LargeLists();
    await expect(lists.make(0, () => Promise.reject(new Error('wrong filter')))).rejects.toThrow('wrong filter');
    await lists.make(0, list(1));
  });

  it('wait for clients with at most 64 MiB together', async () => {
    const lists = new LargeLists();
    const first = await lists.make(0, list(2 ** 26 + 1));
    await expect(lists.make(1000, list(0))).rejects.toThrow('clients have not read 64 MiB of lists');
    first.done();
    first.done();
    const half = await lists.make(2000, list(2 ** 25));
    const rest = await lists.make(3000, list(2 ** 25 - 1));
    await expect(lists.make(4000, list(2))).rejects.toThrow(expect.objectContaining({ status: 429 }));
    half.done();
    await lists.make(5000, list(2 ** 25));
    rest.done();
  });
});
