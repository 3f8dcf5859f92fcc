import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import { Ledger, type Replayed } from '../../../live/eventsocket/ledger.js';
import { makeConnection, uuidOf } from './harness.js';

const connections = Array.from({ length: 10 }, (_, n) => makeConnection(n));
const at = (n: number): Connection => {
  const connection = connections[n];
  if (connection === undefined) throw new Error(`no connection ${n}`);
  return connection;
};
const uuids = (replayed: Replayed) => Array.from(replayed, ({ uuid }) => uuid);
const names = (...numbers: number[]) => numbers.map(uuidOf);

describe('Ledger', () => {
  it('replays the connections open when a client connected, whatever happens meanwhile', () => {
    const ledger = new Ledger([at(1), at(2)]);
    const first = ledger.replay(5);
    ledger.opened(at(3), 6);
    ledger.closed(at(1), 7);
    const second = ledger.replay(7);
    ledger.closed(at(3), 8);
    ledger.opened(at(4), 9);
    expect(uuids(first)).toEqual(names(1, 2));
    expect(uuids(second)).toEqual(names(2, 3));
    expect(uuids(ledger.replay(9))).toEqual(names(2, 4));
  });

  it('continues a replay while connections open and close', () => {
    const ledger = new Ledger([at(1), at(2), at(3)]);
    const other = ledger.replay(0);
    const replayed = ledger.replay(0);
    const openings = replayed[Symbol.iterator]();
    expect(openings.next().value?.uuid).toBe(uuidOf(1));
    ledger.closed(at(1), 1);
    ledger.closed(at(2), 2);
    other.end();
    ledger.opened(at(4), 3);
    expect(openings.next().value?.uuid).toBe(uuidOf(2));
    expect(openings.next().value?.uuid).toBe(uuidOf(3));
    expect(openings.next().done).toBe(true);
  });

  it('forgets closed connections when no replay needs them', () => {
    const ledger = new Ledger([at(1), at(2)]);
    const old = ledger.replay(0);
    ledger.closed(at(1), 1);
    const young = ledger.replay(1);
    ledger.closed(at(2), 2);
    old.end();
    // Read in a way that no client of the younger replay would.
    expect(uuids(ledger.replay(0)), 'the first is forgotten').toEqual(names(2));
    young.end();
    expect(ledger.isUsed).toBe(true);
  });

  it('is in use while a replay is active', () => {
    const ledger = new Ledger([]);
    const replayed = ledger.replay(0);
    expect(ledger.isUsed).toBe(true);
    replayed.end();
    expect(ledger.isUsed).toBe(false);
    ledger.closed(at(1), 1); // unknown to the ledger
  });
});
