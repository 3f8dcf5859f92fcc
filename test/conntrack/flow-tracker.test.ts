import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Flow,
  type FlowEvent,
  FlowTracker,
  flowKey,
  type TrackedConnections,
  type TrackerChange,
} from '../../conntrack/index.js';
import { flowOf, KernelModel, type Step } from './kernel-model.js';

const event = (kind: FlowEvent['kind'], tuple: number, id: number, state?: number): FlowEvent => ({
  kind,
  flow: flowOf(tuple, id, state),
  portId: 0,
});

function dump(tracker: FlowTracker, nowMs: number, ...flows: readonly Flow[]): void {
  tracker.beginDump(nowMs);
  for (const flow of flows) tracker.takeDumped(flow);
  tracker.finishDump(nowMs);
}

/** Ports and what is said of them: `1000` established, `1000!2` ended twice, `1000+1` established and ended once. */
function shown({ connections }: TrackedConnections): string[] {
  return connections
    .map(({ flow, isEstablished, endedCount }) => {
      const count = endedCount === 0 ? '' : `${isEstablished ? '+' : '!'}${endedCount}`;
      return `${flow.orig.sport}${count}`;
    })
    .sort();
}

describe('a tracker', () => {
  it('answers before its first dump, and says that it is not ready', () => {
    const tracker = new FlowTracker();
    expect(tracker.connections(0)).toEqual({ ready: false, connections: [], droppedEnded: 0, refused: 0 });
    expect(tracker.dumpDueAt).toBe(Number.NEGATIVE_INFINITY);
    dump(tracker, 0, flowOf(0, 1, 3), flowOf(1, 2, 7), flowOf(2, 3, 1));
    expect(tracker.connections(0).ready).toBe(true);
    expect(shown(tracker.connections(0))).toEqual(['1000']);
  });

  it('lists what is established or ended since the last call, each once, with how often', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0, flowOf(0, 1, 3));
    for (const id of [2, 3, 4]) {
      tracker.takeEvent(event('new', 1, id, 1), 1);
      tracker.takeEvent(event('update', 1, id, 3), 1);
      if (id < 4) tracker.takeEvent(event('update', 1, id, 7), 1);
      if (id < 4) tracker.takeEvent(event('destroy', 1, id, 7), 1);
    }
    tracker.takeEvent(event('update', 0, 1, 8), 2);
    const answer = tracker.connections(3);
    expect(shown(answer)).toEqual(['1000!1', '1001+2']);
    expect(answer.connections.find(({ flow }) => flow.orig.sport === 1000)?.ended).toEqual({
      cause: 'closed',
      timeMs: 2,
    });
    expect(shown(tracker.connections(3))).toEqual(['1001']);
  });

  it('keeps protocols and zones with the same ends apart', () => {
    const tracker = new FlowTracker();
    const tcp = flowOf(0, 1, 3);
    const { tcp: state, ...rest } = tcp;
    const udp: Flow = { ...rest, id: 2, status: 0xa, orig: { ...tcp.orig, protocol: 17 } };
    const zoned: Flow = { ...tcp, id: 3, zone: 7 };
    expect(state).toBeDefined();
    dump(tracker, 0, tcp, udp, zoned);
    tracker.takeEvent({ kind: 'destroy', flow: udp, portId: 0 }, 1);
    tracker.takeEvent({ kind: 'destroy', flow: zoned, portId: 0 }, 1);
    const left = tracker.connections(1).connections.filter(({ isEstablished }) => isEstablished);
    expect(left.map(({ flow }) => flowKey(flow))).toEqual([flowKey(tcp)]);
  });

  it('does not list a refused connection', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0);
    tracker.takeEvent(event('new', 0, 1, 1), 1);
    tracker.takeEvent(event('destroy', 0, 1, 8), 1);
    expect(shown(tracker.connections(1))).toEqual([]);
  });

  it('completes an ended flow with the counters of its destroy event', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0, flowOf(0, 1, 3));
    tracker.takeEvent(event('update', 0, 1, 7), 1);
    const flow: Flow = { ...flowOf(0, 1), origCounters: { packets: 6, bytes: 1320 }, stopTimeNs: 5n };
    tracker.takeEvent({ kind: 'destroy', flow, portId: 0 }, 2);
    const [ended] = tracker.connections(2).connections;
    expect(ended).toMatchObject({
      endedCount: 1,
      flow: { origCounters: { packets: 6 }, stopTimeNs: 5n, tcp: { state: 7 } },
    });
  });

  it('ignores events of an earlier flow with the same ends', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0, flowOf(0, 2, 3));
    tracker.takeEvent(event('destroy', 0, 1, 7), 1);
    expect(shown(tracker.connections(1))).toEqual(['1000']);
  });

  it('ends a flow whose ends a new one has', () => {
    const changes: TrackerChange[] = [];
    const tracker = new FlowTracker({ onChange: (change) => changes.push(change) });
    dump(tracker, 0, flowOf(0, 1, 3));
    tracker.takeEvent(event('new', 0, 2, 1), 1);
    expect(changes).toMatchObject([{ kind: 'ended', cause: 'lost', timeMs: 1 }]);
    expect(shown(tracker.connections(1))).toEqual(['1000!1']);
  });

  it('does not add a flow of a dump that an event has ended meanwhile', () => {
    const tracker = new FlowTracker();
    tracker.beginDump(0);
    tracker.takeEvent(event('destroy', 0, 1, 7), 0);
    tracker.takeDumped(flowOf(0, 1, 3));
    tracker.takeDumped({ ...flowOf(1, 2, 3), status: 0x20e });
    tracker.finishDump(0);
    expect(shown(tracker.connections(0))).toEqual([]);
  });
});

describe('a loss', () => {
  it('asks for a dump, at most one each 2 s', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0);
    expect(tracker.dumpDueAt).toBe(60_000);
    tracker.takeLoss(5, 1000);
    expect(tracker.dumpDueAt).toBe(2000);
    tracker.beginDump(2000);
    expect(tracker.dumpDueAt).toBeNull();
    expect(() => tracker.beginDump(2000)).toThrow('another one runs');
    tracker.takeLoss(null, 2100);
    tracker.finishDump(2200);
    expect(tracker.dumpDueAt).toBe(4000);
    expect([tracker.losses, tracker.lostEvents]).toEqual([2, 5]);
    tracker.takeLoss(1, 9000);
    expect(tracker.dumpDueAt).toBe(9100);
  });

  it('ends what the dump lacks, and adds what is new, after a second', () => {
    const changes: TrackerChange[] = [];
    const tracker = new FlowTracker({ onChange: (change) => changes.push(change) });
    dump(tracker, 0, flowOf(0, 1, 3), flowOf(1, 2, 3), flowOf(3, 4, 3));
    tracker.takeLoss(7, 1000);
    // One flow has other ends now, one is gone, one is new.
    dump(tracker, 2000, flowOf(0, 1, 4), flowOf(2, 3, 3), flowOf(3, 9, 3));
    expect(shown(tracker.connections(2999))).toEqual(['1000', '1001', '1003']);
    expect(shown(tracker.connections(3000))).toEqual(['1000', '1001!1', '1002', '1003+1']);
    expect(changes.map((change) => [change.kind, 'cause' in change ? change.cause : undefined, change.timeMs])).toEqual(
      [
        ['lost', undefined, 1000],
        ['resync', undefined, 3000],
        ['ended', 'lost', 3000],
        ['resync', undefined, 3000],
        ['ended', 'lost', 3000],
      ],
    );
  });

  it('is settled by an event that is read after the dump', () => {
    const changes: TrackerChange[] = [];
    const tracker = new FlowTracker({ onChange: (change) => changes.push(change) });
    dump(tracker, 0, flowOf(0, 1, 3));
    tracker.takeLoss(1, 1000);
    dump(tracker, 2000, flowOf(1, 2, 3));
    tracker.takeEvent(event('update', 0, 1, 7), 2500);
    tracker.takeEvent(event('update', 1, 2, 3), 2500);
    tracker.settle(9000);
    expect(changes.slice(1).map((change) => [change.kind, 'cause' in change ? change.cause : undefined])).toEqual([
      ['ended', 'closed'],
      ['established', undefined],
    ]);
  });

  it('is not made good by a dump that was interrupted', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0, flowOf(0, 1, 3));
    tracker.takeLoss(1, 1000);
    tracker.beginDump(2000);
    tracker.takeDumped(flowOf(1, 2, 3));
    tracker.interruptDump(2100);
    expect(tracker.dumpDueAt).toBe(4000);
    expect(shown(tracker.connections(9000))).toEqual(['1000', '1001']);
  });
});

describe('the dump of each minute', () => {
  it('ends flows whose end no event reported', () => {
    const tracker = new FlowTracker();
    dump(tracker, 0, flowOf(0, 1, 3));
    dump(tracker, 60_000);
    const answer = tracker.connections(61_000);
    expect(shown(answer)).toEqual(['1000!1']);
    expect(answer.connections[0]?.ended).toEqual({ cause: 'vanished', timeMs: 61_000 });
  });
});

describe('bounds', () => {
  it('refuse flows beyond the maximum, counted', () => {
    const tracker = new FlowTracker({ maxFlows: 2 });
    dump(tracker, 0, flowOf(0, 1, 3), flowOf(1, 2, 3), flowOf(2, 3, 3));
    expect(tracker.size).toBe(2);
    expect(tracker.connections(0).refused).toBe(1);
  });

  it('drop the oldest ended flows, counted', () => {
    const tracker = new FlowTracker({ maxEnded: 2 });
    dump(tracker, 0, flowOf(0, 1, 3), flowOf(1, 2, 3), flowOf(2, 3, 3));
    for (const tuple of [1, 0, 2]) tracker.takeEvent(event('destroy', tuple, tuple + 1), 1);
    const answer = tracker.connections(1);
    expect([shown(answer), answer.droppedEnded]).toEqual([['1000!1', '1002!1'], 1]);
    expect(tracker.connections(1).droppedEnded).toBe(0);
  });

  it('are 262,144 flows and 65,536 ended ones', () => {
    const tracker = new FlowTracker();
    for (let id = 0; id < 262_145; id++) tracker.takeEvent(event('update', id, id, 3), 0);
    for (let id = 0; id < 65_537; id++) tracker.takeEvent(event('update', id, id, 7), 0);
    expect(tracker.size).toBe(262_144 - 65_537);
    expect(tracker.connections(0)).toMatchObject({ droppedEnded: 1, refused: 1 });
  });
});

describe('any interleaving of changes, losses and dumps', () => {
  const TUPLES = 4;
  const tuple = fc.nat(TUPLES - 1);
  const change = fc.record({ kind: fc.constantFrom('open', 'establish', 'finish', 'close', 'destroy', 'mark'), tuple });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: change as fc.Arbitrary<Step> },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('read'), count: fc.nat(6) }) as fc.Arbitrary<Step> },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('begin', 'half', 'end', 'interrupt') }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait'),
        ms: fc.constantFrom(1, 500, 1500, 3000, 70_000),
      }) as fc.Arbitrary<Step>,
    },
  );
  const steps = fc.array(step, { minLength: 30, maxLength: 150 });

  const established = (tracker: FlowTracker, nowMs: number): string[] => {
    const { connections } = tracker.connections(nowMs);
    return connections
      .filter(({ isEstablished }) => isEstablished)
      .map(({ flow }) => `${flowKey(flow)} #${flow.id}`)
      .sort();
  };

  it('ends in the true table', () => {
    let losses = 0;
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (run, capacity) => {
        const tracker = new FlowTracker();
        const kernel = new KernelModel(tracker, capacity, TUPLES);
        for (const each of run) kernel.step(each);
        kernel.settle();
        losses += tracker.losses;
        expect(tracker.lostEvents).toBe(kernel.lostInAll);
        expect(established(tracker, kernel.nowMs)).toEqual(kernel.truth);
      }),
      { numRuns: 2000 },
    );
    expect(losses).toBeGreaterThan(100);
  });

  it('counts every connection once if nothing is lost', () => {
    fc.assert(
      fc.property(steps, (run) => {
        const causes = new Set<string>();
        const tracker = new FlowTracker({
          onChange: (each) => {
            if (each.kind === 'ended') causes.add(each.cause);
          },
        });
        const kernel = new KernelModel(tracker, Number.POSITIVE_INFINITY, TUPLES);
        for (const each of run) {
          kernel.step(each);
          // A reader that is never a second behind: then events outrank every dump.
          kernel.step({ kind: 'read', count: Number.POSITIVE_INFINITY });
        }
        kernel.settle();
        const { connections } = tracker.connections(kernel.nowMs);
        const ended = connections.reduce((sum, { endedCount }) => sum + endedCount, 0);
        expect(ended + tracker.size).toBe(kernel.established);
        expect([...causes].filter((cause) => cause === 'lost' || cause === 'vanished')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
