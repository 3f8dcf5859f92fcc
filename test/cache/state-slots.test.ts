import { describe, expect, it } from 'vitest';
import { ConnectionCache, type ConnectionObserver, Exclusions, StateSlots } from '../../cache/index.js';
import { parseNetlinkMessage } from '../../parse/index.js';
import { buildMessage } from '../support/messages.js';

const TIME = '2026-11-20T23:28:03Z';

function setUp(observers: readonly ConnectionObserver[], slots?: StateSlots) {
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({
    uuidPrefix: 'h',
    exclusions,
    observers,
    ...(slots === undefined ? {} : { slots }),
  });
  const open = (cookie: bigint) => cache.update(parseNetlinkMessage(buildMessage({ cookie }), TIME));
  return { cache, open };
}

describe('a slot', () => {
  it('has each connection’s own state', () => {
    const slots = new StateSlots();
    const [names, numbers] = [slots.create<string>(), slots.create<number>()];
    const { cache, open } = setUp([], slots);
    open(1n);
    open(2n);
    const [first, second] = [...cache.connections()];
    if (first === undefined || second === undefined) throw new Error('two connections are open');
    numbers.set(first.slots, 1);
    names.set(second.slots, 'second');
    expect([names.get(first.slots), numbers.get(first.slots)]).toEqual([undefined, 1]);
    expect([names.get(second.slots), numbers.get(second.slots)]).toEqual(['second', undefined]);
  });

  it('starts empty', () => {
    const slots = new StateSlots();
    const slot = slots.create<number>();
    expect(slot.get(slots.emptyValues())).toBeUndefined();
  });

  it('works for a connection that opened before the slot was created', () => {
    const slots = new StateSlots();
    const values = slots.emptyValues();
    const slot = slots.create<number>();
    expect(slot.get(values)).toBeUndefined();
    slot.set(values, 3);
    expect(slot.get(values)).toBe(3);
  });
});

describe('an observer', () => {
  it('gets only the calls that it has methods for, in the order of the list', () => {
    const calls: string[] = [];
    const { cache, open } = setUp([
      { closed: () => calls.push('first closed') },
      { opened: () => calls.push('second opened') },
      {},
      { opened: () => calls.push('fourth opened'), closed: () => calls.push('fourth closed') },
    ]);
    open(1n);
    cache.endAll(TIME);
    expect(calls).toEqual(['second opened', 'fourth opened', 'first closed', 'fourth closed']);
  });

  it('keeps its own receiver in these calls', () => {
    class Counter implements ConnectionObserver {
      #opened = 0;
      opened(): void {
        this.#opened++;
      }
      get count(): number {
        return this.#opened;
      }
    }
    const counter = new Counter();
    const { open } = setUp([counter]);
    open(1n);
    expect(counter.count).toBe(1);
  });
});
