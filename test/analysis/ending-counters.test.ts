import { describe, expect, it } from 'vitest';
import type { HowEnded, Observation } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { observation, rowOf } from './observations.js';

const { SYN_SENT, ESTABLISHED, CLOSE_WAIT, FIN_WAIT1, CLOSE } = TcpState;

/** The last counters of a connection: fields not given are 0. */
function end(fields: Partial<Observation>): Observation {
  return observation({ delivered: 0, ...fields, state: CLOSE });
}

/** A snapshot of an open connection that sent 300 bytes and received 700. */
const OPENER = {
  ...{ bytesSent: 300, bytesAcked: 301, bytesReceived: 700, segsOut: 4, segsIn: 3, dataSegsOut: 1, dataSegsIn: 1 },
  delivered: 2,
} as const;

describe('the end of a connection that no scan saw', () => {
  // Final counters sent by Linux 6.18.
  it.each<[HowEnded, string, Partial<Observation>]>([
    [
      'closed',
      'closed by this end first, which connected',
      {
        bytesSent: 300,
        bytesAcked: 302,
        bytesReceived: 701,
        segsOut: 6,
        segsIn: 4,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 3,
        rqueueBytes: 1,
      },
    ],
    [
      'closed',
      'closed by the peer first, this end accepted',
      {
        bytesSent: 700,
        bytesAcked: 701,
        bytesReceived: 301,
        segsOut: 3,
        segsIn: 6,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 3,
      },
    ],
    [
      'closed',
      'closed by the peer first, this end connected',
      {
        bytesSent: 300,
        bytesAcked: 302,
        bytesReceived: 701,
        segsOut: 5,
        segsIn: 5,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 3,
      },
    ],
    [
      'closed',
      'closed by this end first, which accepted',
      {
        bytesSent: 700,
        bytesAcked: 701,
        bytesReceived: 301,
        segsOut: 4,
        segsIn: 5,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 3,
        rqueueBytes: 1,
      },
    ],
    [
      'closed',
      'closed while the peer stays open',
      {
        bytesSent: 300,
        bytesAcked: 302,
        bytesReceived: 700,
        segsOut: 5,
        segsIn: 4,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 3,
      },
    ],
    [
      'closed',
      'closed without any data, this end connected',
      { bytesAcked: 2, bytesReceived: 1, segsOut: 4, segsIn: 2, delivered: 2, rqueueBytes: 1 },
    ],
    [
      'closed',
      'closed without any data, this end accepted',
      { bytesAcked: 1, bytesReceived: 1, segsOut: 1, segsIn: 4, delivered: 2 },
    ],
    [
      'closed',
      'closed by a FIN that data carried, this end accepted',
      {
        bytesSent: 700,
        bytesAcked: 701,
        bytesReceived: 300,
        segsOut: 2,
        segsIn: 4,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 2,
      },
    ],
    [
      'closed',
      'closed after 100 kB, this end accepted',
      {
        bytesSent: 100000,
        bytesAcked: 100001,
        bytesReceived: 301,
        segsOut: 73,
        segsIn: 10,
        dataSegsOut: 70,
        dataSegsIn: 1,
        delivered: 72,
        rqueueBytes: 1,
      },
    ],
    ['reset_remote', 'reset by the peer without any data, this end accepted', { segsIn: 3, delivered: 1 }],
    [
      'reset_remote',
      'reset by the peer without any data, this end connected',
      { bytesAcked: 1, segsOut: 2, segsIn: 2, delivered: 1 },
    ],
    [
      'reset_remote',
      'reset by the peer after a FIN of this end',
      { bytesAcked: 1, segsOut: 3, segsIn: 2, delivered: 1, wqueueBytes: 1 },
    ],
    [
      'reset',
      'reset by the peer after data both ways',
      {
        bytesSent: 700,
        bytesAcked: 700,
        bytesReceived: 300,
        segsOut: 2,
        segsIn: 5,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 2,
      },
    ],
    [
      'reset',
      'reset by this end, which had unread data',
      {
        bytesSent: 300,
        bytesAcked: 301,
        bytesReceived: 750,
        segsOut: 6,
        segsIn: 4,
        dataSegsOut: 1,
        dataSegsIn: 2,
        delivered: 2,
        rqueueBytes: 50,
      },
    ],
    [
      'reset',
      'reset by the peer while this end has unread data',
      {
        bytesSent: 700,
        bytesAcked: 700,
        bytesReceived: 124684,
        segsOut: 6,
        segsIn: 91,
        dataSegsOut: 1,
        dataSegsIn: 87,
        delivered: 2,
        rqueueBytes: 124384,
      },
    ],
    [
      'reset',
      'reset by the peer while data is outstanding',
      {
        bytesSent: 1300,
        bytesAcked: 301,
        bytesReceived: 701,
        segsOut: 6,
        segsIn: 5,
        dataSegsOut: 2,
        dataSegsIn: 1,
        delivered: 2,
        wqueueBytes: 1000,
        rqueueBytes: 1,
      },
    ],
    [
      'reset',
      'destroyed by ss -K after data both ways',
      {
        bytesSent: 300,
        bytesAcked: 301,
        bytesReceived: 700,
        segsOut: 5,
        segsIn: 3,
        dataSegsOut: 1,
        dataSegsIn: 1,
        delivered: 2,
      },
    ],
    ['refused', 'refused', { segsOut: 1, segsIn: 1, wqueueBytes: 1, rttUs: null }],
    ['failed', 'given up before an answer was due', { segsOut: 1, wqueueBytes: 1, rttUs: null }],
    [
      'unanswered',
      'given up after the SYN was sent again',
      { segsOut: 2, wqueueBytes: 1, retransmits: 1, totalRetrans: 1, rttUs: null },
    ],
    [
      'unanswered',
      'given up by the kernel',
      { segsOut: 3, wqueueBytes: 1, retransmits: 2, totalRetrans: 2, rttUs: null },
    ],
    [
      'unanswered',
      'given up by the kernel, which has no route',
      { segsOut: 1, wqueueBytes: 1, retransmits: 2, rttUs: null },
    ],
    ['failed', 'destroyed by ss -K before an answer', { segsOut: 1, wqueueBytes: 1, rttUs: null }],
  ])('is %s: %s', (how, _, fields) => {
    const row = rowOf(end(fields));
    expect(row.howEnded).toBe(how);
    expect(row.endingUnknownBecause).toBe(how === 'reset' ? 'reset_sender' : null);
  });

  it('is unknown when one byte is either a SYN or a FIN', () => {
    const either = { bytesSent: 1_000, bytesAcked: 1_001, bytesReceived: 90_000, segsOut: 12, segsIn: 64 };
    expect(rowOf(end({ ...either, dataSegsOut: 1, dataSegsIn: 60, delivered: 2 }))).toMatchObject({
      howEnded: 'unknown',
      endingUnknownBecause: 'opener',
    });
  });

  it('names who closed first when only one side sent a FIN', () => {
    const local = { bytesSent: 300, bytesAcked: 302, segsOut: 4, segsIn: 3, dataSegsOut: 1, delivered: 3 };
    expect(rowOf(end(local)).closedFirst).toBe('local');
    expect(rowOf(end({ ...local, bytesReceived: 1 })).closedFirst).toBe('unknown');
    const remote = { bytesAcked: 1, bytesReceived: 1, segsOut: 3, segsIn: 3, delivered: 1 };
    expect(rowOf(end(remote)).closedFirst).toBe('remote');
    expect(rowOf(end({ segsOut: 1, delivered: 0, rttUs: null })).closedFirst).toBe('unknown');
  });
});

describe('the end of a connection that a scan saw', () => {
  it('is a reset by the side that sent exactly one segment more than before', () => {
    expect(rowOf(OPENER, end({ ...OPENER, segsIn: 4 }))).toMatchObject({ howEnded: 'reset_remote' });
    expect(rowOf(OPENER, end({ ...OPENER, segsOut: 5 }))).toMatchObject({ howEnded: 'reset_local' });
    const closing = { ...OPENER, state: CLOSE_WAIT, bytesReceived: 701, segsIn: 4 };
    const written = { ...closing, bytesSent: 1_300, wqueueBytes: 1_000, segsOut: 5, segsIn: 5, dataSegsOut: 2 };
    expect(rowOf(OPENER, closing, end(written))).toMatchObject({ howEnded: 'reset_remote', closedFirst: 'remote' });
    // The acknowledgement of the FIN was delayed until after the scan.
    expect(rowOf(OPENER, closing, end({ ...written, segsOut: 6 }))).toMatchObject({ howEnded: 'reset_remote' });
    // An incoming segment may acknowledge the first of two segments.
    const half = { ...written, bytesAcked: 601, segsOut: 7, dataSegsOut: 3, delivered: 3 };
    expect(rowOf(OPENER, closing, end(half))).toMatchObject({ howEnded: 'reset' });
  });

  it('is a reset by the local side when it closes with unread data', () => {
    const unread = { ...OPENER, bytesReceived: 750, rqueueBytes: 50, segsOut: 5, segsIn: 4, dataSegsIn: 2 };
    expect(rowOf(OPENER, unread, end({ ...unread, segsOut: 6 }))).toMatchObject({ howEnded: 'reset_local' });
    // Data, the acknowledgement of it and the RST between two scans.
    expect(rowOf(OPENER, end({ ...unread, segsOut: 6 }))).toMatchObject({ howEnded: 'reset_local' });
  });

  it('is a reset by the peer when more segments arrived than acknowledgements and a FIN explain', () => {
    const upload = { ...OPENER, bytesReceived: 9_700, segsOut: 9, dataSegsIn: 10, rqueueBytes: 9_000 };
    expect(rowOf(OPENER, end({ ...upload, segsIn: 14 }))).toMatchObject({ howEnded: 'reset_remote' });
    expect(rowOf(OPENER, end({ ...upload, segsIn: 13 }))).toMatchObject({ howEnded: 'reset' });
    expect(rowOf(OPENER, end({ ...upload, segsIn: 12 }))).toMatchObject({ howEnded: 'reset_local' });
  });

  it('is a timeout when no segment was sent or received after a retransmission', () => {
    const lost = { ...OPENER, bytesSent: 700, bytesRetrans: 300, wqueueBytes: 100, segsOut: 8, dataSegsOut: 5 };
    const twice = { ...lost, retransmits: 2, totalRetrans: 3, unacked: 1 };
    expect(rowOf(OPENER, twice, end(twice))).toMatchObject({ howEnded: 'timeout' });
    expect(rowOf(OPENER, twice, end({ ...twice, segsOut: 9 }))).toMatchObject({ howEnded: 'reset_local' });
    const fin = {
      ...OPENER,
      state: FIN_WAIT1,
      wqueueBytes: 1,
      segsOut: 8,
      retransmits: 3,
      totalRetrans: 4,
      unacked: 1,
    };
    expect(rowOf(OPENER, fin, end(fin))).toMatchObject({ howEnded: 'timeout', closedFirst: 'local' });
    // Everything happens between two scans.
    expect(rowOf(OPENER, end({ ...fin, segsOut: OPENER.segsOut + 5 }))).toMatchObject({ howEnded: 'timeout' });
  });

  it('is a timeout when probes got no answer, although the kernel sends a RST', () => {
    const probed = { ...OPENER, segsOut: 6, probes: 2 };
    expect(rowOf(OPENER, probed, end({ ...probed, segsOut: 7 }))).toMatchObject({ howEnded: 'timeout' });
  });

  it('is read from the last counters when the connection opened between two scans', () => {
    const opening = { state: SYN_SENT, segsOut: 1, delivered: 0, rttUs: null };
    const closed = { ...OPENER, bytesAcked: 302, bytesReceived: 701, segsOut: 6, segsIn: 4, delivered: 3 };
    expect(rowOf(opening, end(closed))).toMatchObject({ howEnded: 'closed' });
    expect(rowOf(opening, end({ segsOut: 1, segsIn: 1, rttUs: null }))).toMatchObject({ howEnded: 'refused' });
  });

  it('is the same when counters wrap', () => {
    const near = { ...OPENER, segsIn: 0xffff_ffff, dataSegsIn: 0xffff_fff0 };
    expect(rowOf(near, end({ ...near, segsIn: 0 }))).toMatchObject({ howEnded: 'reset_remote' });
  });

  it('is "open", with the reason, when the archive has no final record', () => {
    expect(rowOf({ ...OPENER, state: ESTABLISHED })).toMatchObject({
      howEnded: 'open',
      endingUnknownBecause: 'no_end_record',
    });
  });
});
