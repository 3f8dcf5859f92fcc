import { describe, expect, it } from 'vitest';
import { Deriver, type LimitedBy, type Observation } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { observation } from './observations.js';

const MS = 1000;
const START = 1_700_000_000_000_000;

/** A connection on which nothing is outstanding, seen from one end, as exchanges go by. */
class Talk {
  readonly #deriver = new Deriver();
  #now: Observation;

  /** @param syn 1 at the end that connected, 0 at the end that accepted */
  constructor(syn: 0 | 1) {
    this.#now = observation({ timeUs: START, bytesAcked: syn });
    this.#deriver.next(this.#now);
  }

  /** A pause, and what moved at its end. */
  pause(ms: number, moved: { out?: number; in?: number; fields?: Partial<Observation> } = {}): LimitedBy | null {
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
    return this.#deriver.next(this.#now).limitedBy;
  }
}

describe('who has to send when nothing is outstanding', () => {
  it('is the server while a client waits for its answer, and nobody between two exchanges', () => {
    const client = new Talk(1);
    expect(client.pause(5, { out: 100 })).toBe('application');
    expect(client.pause(800, { in: 2000 })).toBe('peer');
    expect(client.pause(5000, { out: 100 })).toBe('idle');
    expect(client.pause(100)).toBe('peer');
    expect(client.pause(800, { in: 2000 })).toBe('peer');
    expect(client.pause(5000)).toBe('idle');
  });

  it('is the program of a server from a request to its answer', () => {
    const server = new Talk(0);
    expect(server.pause(5, { in: 100 })).toBe('peer');
    expect(server.pause(100)).toBe('application');
    expect(server.pause(800, { out: 2000 })).toBe('application');
    expect(server.pause(5000, { in: 100 })).toBe('idle');
    expect(server.pause(800, { out: 2000 })).toBe('application');
    expect(server.pause(5000)).toBe('idle');
  });

  it('is the same when a request and the answer before it are seen at once', () => {
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

  it('is the program of a server whose long answer ends with the next request in one look', () => {
    const server = new Talk(0);
    server.pause(5, { in: 100 });
    for (let i = 0; i < 3; i++) {
      // The first part of the answer fills the window; its rest and the next request are seen at once.
      expect(server.pause(250, { out: 14_000, fields: { notsentBytes: 6000, wqueueBytes: 6000 } })).not.toBe('idle');
      server.pause(5, { out: 6000, in: 100, fields: { notsentBytes: 0, wqueueBytes: 0 } });
      expect(server.pause(250)).toBe('application');
    }
    // The kernel's clocks tell which came last.
    const clocks = new Talk(0);
    clocks.pause(5, { in: 100 });
    clocks.pause(5, { out: 2000, in: 100, fields: { lastDataSentMs: 2, lastDataRecvMs: 8 } });
    expect(clocks.pause(5000, { in: 100 })).toBe('idle');
  });

  it.each([0, 1] as const)('is the sender of a stream that pauses, whichever end connected (%i)', (syn) => {
    const sender = new Talk(syn);
    sender.pause(5, { out: 5000 });
    for (let i = 0; i < 3; i++) expect(sender.pause(200, { out: 5000 })).toBe('application');
    expect(sender.pause(200)).toBe('idle');
    const receiver = new Talk(syn);
    receiver.pause(5, { in: 5000 });
    for (let i = 0; i < 3; i++) expect(receiver.pause(200, { in: 5000 })).toBe('peer');
    expect(receiver.pause(200)).toBe('idle');
  });

  it('is the peer while an upload of many intervals waits for its answer, once there were answers', () => {
    const client = new Talk(1);
    client.pause(5, { out: 100 });
    client.pause(5, { in: 100 });
    for (let i = 0; i < 3; i++) client.pause(10, { out: 5000 });
    expect(client.pause(4000, { fields: { state: TcpState.FIN_WAIT1 } })).toBe('peer');
  });

  it('leaves an answer on its way to the peer, and a stream to the program, at the end that accepted', () => {
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

  it('takes no FIN for an answer', () => {
    const client = new Talk(1);
    client.pause(5, { out: 100 });
    client.pause(5, { in: 100 });
    expect(client.pause(3000, { in: 1, fields: { state: TcpState.CLOSE_WAIT } })).toBe('idle');
  });
});
