import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../conntrack/kernel/event-queue.js';

function setUp(maxEntries = 4) {
  const calls: string[] = [];
  const queue = new EventQueue<number>({
    maxEntries,
    onFull: () => calls.push('full'),
    onRoom: () => calls.push('room'),
  });
  return { queue, calls };
}

const value = async (queue: EventQueue<number>): Promise<number | undefined> => (await queue.next()).value;

describe('EventQueue', () => {
  it('hands on entries in order, also to consumers that wait', async () => {
    const { queue } = setUp();
    const [first, second] = [queue.next(), queue.next()];
    for (const entry of [1, 2, 3]) queue.push(entry);
    expect([(await first).value, (await second).value, await value(queue)]).toEqual([1, 2, 3]);
  });

  it('stops its source once when it is full, and starts it again when half is taken', async () => {
    const { queue, calls } = setUp();
    for (const entry of [1, 2, 3, 4, 5]) queue.push(entry);
    expect([calls, queue.length]).toEqual([['full'], 5]);
    let hasRoom = false;
    const room = queue.room().then(() => {
      hasRoom = true;
    });
    await value(queue);
    await value(queue);
    expect([calls, hasRoom]).toEqual([['full'], false]);
    await value(queue);
    await room;
    expect([calls, hasRoom]).toEqual([['full', 'room'], true]);
  });

  it('throws an error once, behind what was queued before it', async () => {
    const { queue } = setUp();
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.push(2);
    expect(await value(queue)).toBe(1);
    await expect(queue.next()).rejects.toThrow('broken');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects one consumer that waits, and ends the others', async () => {
    const { queue } = setUp();
    const [first, second] = [queue.next(), queue.next()];
    queue.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect((await second).done).toBe(true);
  });

  it('discards everything at its end, and lets go who waits for room', async () => {
    const { queue } = setUp(1);
    queue.push(1);
    const room = queue.room();
    queue.end();
    await room;
    expect((await queue.next()).done).toBe(true);
  });
});
