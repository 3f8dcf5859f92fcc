import { describe, expect, it } from 'vitest';
import { Exclusions, StateSlots } from '../../../cache/index.js';
import { createOwnCollector, StoreFeed, WatchedNamespaces } from '../../../live/feed/index.js';
import { createLogger } from '../../../log/index.js';
import type {
  AnyBatch,
  DestroyedKeys,
  NetlinkAddon,
  Poller,
  PollerOptions,
  ScanFigures,
} from '../../../native/index.js';
import { buildMessage, tcpInfoOf } from '../../support/messages.js';

const END = 1_795_217_283_450_377_228n;

const NO_ENDS: DestroyedKeys = {
  data: new Uint8Array(),
  messages: new Uint32Array(),
  lastScans: new Uint32Array(),
  takenNs: 0n,
  overruns: 0,
  lost: 0,
  discarded: 0,
};

/** Creates a netlink add-on whose poll thread is the test. */
function fakeAddon() {
  let deliver: (batch: AnyBatch) => void = () => undefined;
  let options: PollerOptions | undefined;
  class FakePoller implements Partial<Poller> {
    constructor(given: PollerOptions, onBatch: (batch: AnyBatch) => void) {
      options = given;
      deliver = onBatch;
    }
    start(): void {}
    listening(): undefined {
      return undefined;
    }
  }
  const scan = (number: number, ...given: readonly Buffer[]): void => {
    const data = Buffer.concat(given.map((each) => Buffer.concat([each, Buffer.alloc(-each.length & 7)])));
    const changed: number[] = [];
    let at = 0;
    for (const { length } of given) {
      changed.push(at, length);
      at += (length + 7) & ~7;
    }
    deliver({
      ...{ kind: 'scan', destroyed: NO_ENDS, source: 0, scan: number, startNs: END - 1000n, endNs: END },
      ...{ durationNs: 2e6, requestNs: [2e6], intervalNs: 1e9, lateNs: 1000, effectiveIntervalNs: 1e9 },
      ...{ beatsMissed: 0, beatsHeld: 0, beatsSlowed: 0, beatsLimited: 0, pending: 0, queryMethod: 0 },
      ...{ seen: given.length, tally: Uint32Array.of(3, 1), discarded: 0, unrelated: 0, data },
      ...{ changed: Uint32Array.from(changed), gone: new BigUint64Array() },
    });
  };
  // Only its poll thread is used.
  return { addon: { Poller: FakePoller } as unknown as NetlinkAddon, scan, options: () => options };
}

describe('createOwnCollector', () => {
  it('fills a store with what the exclusions leave, and knows watched namespaces', () => {
    const { addon, scan, options } = fakeAddon();
    const slots = new StateSlots();
    const watched = new WatchedNamespaces();
    const feed = new StoreFeed({
      ...{ slots, historySec: 60, maxHistoryBytes: 100_000, keepClosedSec: 60, scanUs: 1e6 },
      isWatched: (netns) => watched.has(netns),
    });
    const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [], local: 'loopback' });
    const scans: ScanFigures[] = [];
    const log: string[] = [];
    const collector = createOwnCollector({
      netlink: addon,
      uuidPrefix: 'h',
      intervalNs: 1e9,
      destroyEvents: 'auto',
      exclusions,
      observers: feed.observers,
      slots,
      watched,
      log: createLogger({ write: (line) => log.push(line) }),
      onScan: (each) => scans.push(each),
    });
    collector.start();
    expect(options()?.sources).toMatchObject([{ intervalNs: 1e9 }]);
    const loopback = Uint8Array.of(127, 0, 0, 1);
    const attributes = [{ type: 2, payload: tcpInfoOf({}) }];
    scan(
      1,
      buildMessage({ cookie: 1n, src: loopback, dst: loopback, attributes }),
      buildMessage({ cookie: 2n, attributes }),
    );
    expect([...feed.store.rows()].map(({ cookie }) => cookie)).toEqual([1n]);
    expect([scans.length, watched.has(undefined)]).toEqual([1, true]);
    expect(log.filter((line) => line.includes('level=error'))).toEqual([]);
  });
});
