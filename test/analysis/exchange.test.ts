import { describe, expect, it } from 'vitest';
import { type Derived, Deriver, type LimitedBy, type Observation } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { observation } from './observations.js';

const MS = 1000;
const START = 1_700_000_000_000_000;

/** A connection with nothing outstanding, seen from one side while exchanges go by. */
class Talk {
  readonly #deriver = new Deriver();
  #now: Observation;

  /**
   * @param syn 1 for the side that connected, 0 for the side that accepted
   * @param sent bytes sent and received before the first snapshot
   */
  constructor(syn: 0 | 1, { out = 0, in: received = 0 } = {}) {
    this.#now = observation({ timeUs: START, bytesSent: out, bytesAcked: out + syn, bytesReceived: received });
    this.#deriver.next(this.#now);
  }

  /** Advances the clock, moves bytes at the end of the pause, and returns the limit of that interval. */
  pause(ms: number, moved: { out?: number; in?: number; fields?: Partial<Observation> } = {}): LimitedBy | null {
    return this.step(ms, moved).limitedBy;
  }

  /** Works like `pause`, but returns all derived values. */
  step(ms: number, moved: { out?: number; in?: number; fields?: Partial<Observation> } = {}): Readonly<Derived> {
    const { out = 0, in: received = 0, fields = {} } = moved;
    const before = this.#now;
    this.#now = {
      ...before,
      timeUs: before.timeUs + ms * MS,
      bytesSent: (before.bytesSent ?? 0) + out,
      bytesAcked: (before.bytesAcked ?? 0) + out,
      bytesReceived: (before.bytesReceived ?? 0) + received,
      ...fields,
    };
    return this.#deriver.next(this.#now);
  }
}

describe('the side that has to send when nothing is outstanding', () => {
  it('is the server while a client waits for its answer, and neither side between two exchanges', () => {
    const client = new Talk(1);
    expect(client.pause(5, { out: 100 })).toBe('application');
    expect(client.pause(800, { in: 2000 })).toBe('peer');
    expect(client.pause(5000, { out: 100 })).toBe('idle');
    expect(client.pause(100)).toBe('peer');
    expect(client.pause(800, { in: 2000 })).toBe('peer');
    expect(client.pause(5000)).toBe('idle');
  });

  it("is the server's program from a request to its answer", () => {
    const server = new Talk(0);
    expect(server.pause(5, { in: 100 })).toBe('peer');
    expect(server.pause(100)).toBe('application');
    expect(server.pause(800, { out: 2000 })).toBe('application');
    expect(server.pause(5000, { in: 100 })).toBe('idle');
    expect(server.pause(800, { out: 2000 })).toBe('application');
    expect(server.pause(5000)).toBe('idle');
  });

  it("is the server's program when a request and the previous answer are seen in one scan", () => {
    const client = new Talk(1);
    client.pause(5, { out: 100 });
    for (let i = 0; i < 5; i++) expect(client.pause(300, { in: 2000, out: 100 })).toBe('peer');
    const server = new Talk(0);
    server.pause(5, { in: 100 });
    for (let i = 0; i < 5; i++) expect(server.pause(300, { in: 100, out: 2000 })).toBe('application');
    const keepAlive = new Talk(1);
    keepAlive.pause(5, { out: 100 });
    keepAlive.pause(5, { in: 2000 });
    for (let i = 0; i < 5; i++) expect(keepAlive.pause(300, { in: 2000, out: 100 })).toBe('idle');
  });

  it("is the server's program when a long answer ends and the next request arrives in one scan", () => {
    const server = new Talk(0);
    server.pause(5, { in: 100 });
    for (let i = 0; i < 3; i++) {
      // The first part of the answer fills the window. The rest and the next request are seen in one scan.
      expect(server.pause(250, { out: 14_000, fields: { notsentBytes: 6000, wqueueBytes: 6000 } })).not.toBe('idle');
      server.pause(5, { out: 6000, in: 100, fields: { notsentBytes: 0, wqueueBytes: 0 } });
      expect(server.pause(250)).toBe('application');
    }
    // The kernel's clocks show which came last.
    const clocks = new Talk(0);
    clocks.pause(5, { in: 100 });
    clocks.pause(5, { out: 2000, in: 100, fields: { lastDataSentMs: 2, lastDataRecvMs: 8 } });
    expect(clocks.pause(5000, { in: 100 })).toBe('idle');
  });

  it.each([0, 1] as const)('is the sender of a stream that pauses, whichever side connected (%i)', (syn) => {
    const sender = new Talk(syn);
    sender.pause(5, { out: 5000 });
    for (let i = 0; i < 3; i++) expect(sender.pause(200, { out: 5000 })).toBe('application');
    expect(sender.pause(200)).toBe('idle');
    const receiver = new Talk(syn);
    receiver.pause(5, { in: 5000 });
    for (let i = 0; i < 3; i++) expect(receiver.pause(200, { in: 5000 })).toBe('peer');
    expect(receiver.pause(200)).toBe('idle');
  });

  it('is the peer while an upload over many intervals waits for its answer, after earlier answers', () => {
    const client = new Talk(1);
    client.pause(5, { out: 100 });
    client.pause(5, { in: 100 });
    for (let i = 0; i < 3; i++) client.pause(10, { out: 5000 });
    expect(client.pause(4000, { fields: { state: TcpState.FIN_WAIT1 } })).toBe('peer');
  });

  it('is the peer for an answer in flight and the program for a stream, on the side that accepted', () => {
    const answer = { unacked: 1, wqueueBytes: 1000 };
    const done = { unacked: 0, wqueueBytes: 0, busyTimeUs: 50_000 };
    const server = new Talk(0);
    server.pause(5, { in: 100 });
    server.pause(5, { out: 1000, fields: answer });
    // The acknowledgement brings the next request, or nothing.
    expect(server.pause(40, { in: 100, fields: done })).toBe('peer');
    server.pause(5, { out: 1000, fields: { ...answer, busyTimeUs: 50_000 } });
    expect(server.pause(40, { fields: { ...done, busyTimeUs: 100_000 } })).toBe('idle');
    const stream = new Talk(0);
    stream.pause(5, { in: 100 });
    for (let i = 1; i <= 3; i++) stream.pause(10, { out: 1000, fields: { ...answer, busyTimeUs: i * 10_000 } });
    expect(stream.pause(10, { out: 1000, fields: { ...answer, busyTimeUs: 40_000 } })).toBe('application');
  });

  it('is neither side after a FIN, which is no answer', () => {
    const client = new Talk(1);
    client.pause(5, { out: 100 });
    client.pause(5, { in: 100 });
    expect(client.pause(3000, { in: 1, fields: { state: TcpState.CLOSE_WAIT } })).toBe('idle');
  });
});

/** Segments that carry these bytes each way, full ones with 1,000 bytes. */
function segments(out: number, received: number, before: Partial<Observation> = {}): Partial<Observation> {
  return {
    dataSegsOut: (before.dataSegsOut ?? 0) + Math.ceil(out / 1000),
    dataSegsIn: (before.dataSegsIn ?? 0) + Math.ceil(received / 1000),
  };
}

/** An answer in flight: not acknowledged yet, so the kernel's busy clock runs. */
function onItsWay(bytes: number, busyTimeUs: number): Partial<Observation> {
  return { unacked: 1, wqueueBytes: bytes, busyTimeUs, lastDataSentMs: 8, lastDataRecvMs: 8, lastAckRecvMs: 8 };
}

describe('a request and its answer within one scan', () => {
  it('are complete when they came before the first snapshot', () => {
    const server = new Talk(0, { in: 100, out: 2000 });
    expect(server.pause(1500, { in: 100 })).toBe('idle');
    expect(server.pause(10, { out: 2000 })).toBe('application');
    expect(server.pause(1500)).toBe('idle');
    const client = new Talk(1, { out: 100, in: 2000 });
    expect(client.pause(1500, { out: 100 })).toBe('idle');
    expect(client.pause(10, { in: 2000 })).toBe('peer');
    expect(client.pause(1500)).toBe('idle');
  });

  it('are complete on the answering side while the answer is not acknowledged', () => {
    // Each scan shows a request of 100 bytes, which acknowledges the previous answer, and the next answer of 200.
    const server = new Talk(0);
    server.pause(5, { in: 100 });
    server.pause(8, { out: 200, fields: onItsWay(200, 0) });
    for (let i = 1; i <= 5; i++) {
      const fields = { ...onItsWay(200, i * 40_000), bytesAcked: i * 200 };
      expect(server.pause(40, { out: 200, in: 100, fields })).toBe('peer');
    }
    // The following interval is the client's pause.
    server.pause(40, { fields: { unacked: 0, wqueueBytes: 0, bytesAcked: 1200, busyTimeUs: 240_000 } });
    expect(server.pause(3000, { in: 100 })).toBe('idle');
  });

  it('are complete when a scan fell into the middle of the request', () => {
    const server = new Talk(0);
    let before: Partial<Observation> = {};
    for (let i = 0; i < 4; i++) {
      before = segments(0, 39_000, before);
      if (i > 0) expect(server.pause(100, { in: 39_000, fields: before })).toBe('idle');
      else server.pause(5, { in: 39_000, fields: before });
      before = segments(4, 26_536, before);
      server.pause(10, { out: 4, in: 26_536, fields: before });
      before = segments(4, 65_536, before);
      expect(server.pause(100, { out: 4, in: 65_536, fields: before })).toBe('idle');
    }
    const client = new Talk(1);
    client.pause(5, { out: 39_000, fields: segments(39_000, 0) });
    client.pause(10, { out: 26_536, in: 4, fields: segments(65_536, 4) });
    expect(client.pause(5000)).toBe('idle');
  });

  it('leave the next request with the server when the previous one was short and complete', () => {
    const server = new Talk(0);
    server.pause(5, { in: 100, fields: segments(0, 100) });
    server.pause(10, { out: 100, in: 100, fields: segments(100, 200) });
    expect(server.pause(5000)).toBe('application');
  });
});

describe('two streams in opposite directions', () => {
  it.each([0, 1] as const)('are limited by the program of each side (%i)', (syn) => {
    const end = new Talk(syn);
    const outstanding = { unacked: 20, wqueueBytes: 20_000, sndCwnd: 50 };
    const causes: (LimitedBy | null)[] = [];
    for (let i = 1; i <= 6; i++) {
      const fields = { ...outstanding, bytesAcked: syn + i * 5000, busyTimeUs: i * 10_000 };
      causes.push(end.pause(10, { out: 5000, in: 5000, fields }));
    }
    expect(causes.slice(2)).toEqual(causes.slice(2).map(() => 'application'));
  });

  it('are not assumed while requests are answered, or while only one side asks', () => {
    const client = new Talk(1);
    for (let i = 1; i <= 6; i++) {
      // The answer acknowledges the request before the next one is sent.
      const fields = { ...onItsWay(500, i * 40_000), bytesAcked: 1 + (i - 1) * 500 };
      const cause = client.pause(40, { out: 500, in: 500, fields });
      if (i > 1) expect(cause).toBe('peer');
    }
    const download = new Talk(1);
    for (let i = 1; i <= 6; i++) {
      const fields = { unacked: 4, wqueueBytes: 400, bytesAcked: i * 100, busyTimeUs: i * 10_000 };
      expect(download.pause(10, { out: 100, in: 5000, fields })).toBe('peer');
    }
  });

  it('can change back to request-response exchanges', () => {
    const client = new Talk(1);
    for (let i = 1; i <= 6; i++) {
      const fields = { unacked: 20, wqueueBytes: 20_000, sndCwnd: 50, bytesAcked: i * 5000, busyTimeUs: i * 10_000 };
      client.pause(10, { out: 5000, in: 5000, fields });
    }
    for (let i = 1; i <= 8; i++) {
      const fields = { ...onItsWay(500, 60_000 + i * 40_000), bytesAcked: 50_000 + i * 500 };
      const cause = client.pause(40, { out: 500, in: 500, fields });
      if (i > 6) expect(cause).toBe('peer');
    }
  });
});

describe('the number of exchanges', () => {
  const RTT = { minRttUs: 15_000 };

  it('grows with each answer', () => {
    const client = new Talk(1);
    expect(client.step(5, { out: 100 }).exchanges).toBe(0);
    expect(client.step(20, { in: 100 }).exchanges).toBe(1);
    expect(client.step(20, { in: 100 }).exchanges).toBe(0);
    expect(client.step(20).exchanges).toBe(0);
  });

  it('between two scans is bounded by segments in both directions and by round trips', () => {
    const step = (ms: number, out: number, received: number, fields: Partial<Observation> = RTT): number =>
      new Talk(1).step(ms, { out, in: received, fields: { dataSegsOut: out, dataSegsIn: received, ...fields } })
        .exchanges;
    expect(step(150, 7, 5)).toBe(5);
    expect(step(150, 700, 500)).toBe(10);
    expect(step(10, 700, 500)).toBe(1);
    expect(step(10, 700, 500, { minRttUs: 100 })).toBe(100);
    expect(step(10, 700, 500, { minRttUs: 0 })).toBe(500);
    expect(step(10, 700, 500, { minRttUs: null })).toBe(1);
  });
});
