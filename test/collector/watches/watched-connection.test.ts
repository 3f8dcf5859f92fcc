import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import { WatchedConnection } from '../../../collector/watches/watched-connection.js';
import { WatchedSet } from '../../../collector/watches/watched-set.js';

const CONNECTION = { cookie: 7n } as Connection;
const message = (start: bigint, end: bigint) => ({
  bytes: Uint8Array.of(Number(end % 256n)),
  scanStartNs: start,
  scanEndNs: end,
});

describe('a watched connection', () => {
  it('holds back what scans say while reads have answers', () => {
    const watched = new WatchedConnection(CONNECTION);
    expect(watched.takesScan(message(1n, 2n))).toBe(false);
    watched.wasRead(5n);
    expect(watched.takesScan(message(6n, 7n))).toBe(false);
    expect(watched.takeHeld(8n)).toBeUndefined();
  });

  it('lets scans count again without answers, those that began after the last read', () => {
    const watched = new WatchedConnection(CONNECTION);
    watched.wasRead(5n);
    watched.hasAnswers = false;
    expect(watched.takesScan(message(4n, 6n))).toBe(false);
    expect(watched.takesScan(message(7n, 8n))).toBe(true);
    // A read that comes late, because it was gathered, is older than that scan.
    expect(watched.takesRead(8n)).toBe(false);
    expect(watched.takesRead(9n)).toBe(true);
  });

  it('gives back what was held back and nothing later says, but nothing that is older than the last read', () => {
    const watched = new WatchedConnection(CONNECTION);
    watched.wasRead(5n);
    watched.takesScan(message(4n, 6n));
    watched.isWatched = false;
    expect(watched.takeHeld(5n)).toBeUndefined();
    expect(watched.takeHeld(7n)).toMatchObject({ scanEndNs: 6n });
    expect(watched.takeHeld(8n)).toBeUndefined();
    const other = new WatchedConnection(CONNECTION);
    other.wasRead(3n);
    other.takesScan(message(1n, 2n));
    other.isWatched = false;
    expect(other.takeHeld(7n)).toBeUndefined();
  });

  it('is forgotten with the first scan after the watch that began after the last read', () => {
    const set = new WatchedSet();
    const watched = new WatchedConnection(CONNECTION);
    set.add(watched);
    watched.wasRead(5n);
    const taken: bigint[] = [];
    const scanned = (ns: bigint) => set.scanned(ns, ({ scanEndNs }) => taken.push(scanEndNs));
    scanned(6n);
    expect(set.get(7)).toBe(watched);
    watched.isWatched = false;
    scanned(5n);
    expect(set.size).toBe(1);
    scanned(6n);
    expect([set.size, taken]).toEqual([0, []]);
  });

  it('never publishes anything before what was published, in any order of reads, scans and losses', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('read' as const), delay: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ kind: fc.constant('scan' as const), length: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ kind: fc.constantFrom('lost' as const, 'found' as const, 'ended' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const watched = new WatchedConnection(CONNECTION);
        let now = 10n;
        let published = 0n;
        // The value of a record is when it was true at the latest; a scan may have looked at its beginning.
        for (const each of steps) {
          now += 4n;
          if (each.kind === 'read') {
            const timeNs = now - BigInt(each.delay);
            if (!watched.isWatched || !watched.takesRead(timeNs) || timeNs <= watched.lastReadNs) continue;
            watched.wasRead(timeNs);
            expect(timeNs).toBeGreaterThan(published);
            published = timeNs;
          } else if (each.kind === 'scan') {
            const start = now - BigInt(each.length);
            if (watched.takesScan(message(start, now))) {
              expect(start).toBeGreaterThan(watched.lastReadNs);
              published = now;
            }
            const held = watched.takeHeld(start);
            if (held !== undefined) {
              expect(held.scanEndNs).toBeGreaterThan(watched.lastReadNs);
              published = published > held.scanEndNs ? published : held.scanEndNs;
            }
          } else if (each.kind === 'ended') watched.isWatched = false;
          else watched.hasAnswers = each.kind === 'found';
        }
      }),
    );
  });
});
