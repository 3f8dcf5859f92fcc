import { describe, expect, it } from 'vitest';
import { retransmitRate, summarize } from '../../analysis/index.js';
import { connectionRow } from '../cmd/summary/rows.js';

const NEW = { bytesSent: 10_000, bytesRetrans: 1_000, dataSegsOut: 10, totalRetrans: 4 };
/** Counters of a kernel before 4.19. */
const OLD = { ...NEW, bytesSent: null, bytesRetrans: null };

describe('the retransmit rate of a connection', () => {
  it('is computed from bytes, which exclude SYN and FIN', () => {
    expect(retransmitRate(NEW)).toBe(0.1);
    expect(retransmitRate({ ...NEW, bytesRetrans: 0 })).toBe(0);
  });

  it('is computed from segments if bytes are unknown, and is at most 1', () => {
    expect(retransmitRate(OLD)).toBe(0.4);
    expect(retransmitRate({ ...OLD, totalRetrans: 20 })).toBe(1);
  });

  it('is null for an unanswered connect, however often its SYN was sent', () => {
    const unanswered = { bytesSent: 0, bytesRetrans: 0, dataSegsOut: 0, totalRetrans: 6 };
    expect(retransmitRate(unanswered)).toBeNull();
    expect(retransmitRate({ ...unanswered, bytesSent: null, bytesRetrans: null })).toBeNull();
  });
});

describe('the connections that retransmitted the most', () => {
  it('exclude those that retransmitted only SYN or FIN, on any kernel', () => {
    const unanswered = { bytesSent: 0, bytesRetrans: 0, dataSegsOut: 0, totalRetrans: 6 };
    const rows = [
      connectionRow({ ...NEW, uuid: 'lossy' }),
      connectionRow({ ...OLD, uuid: 'old and lossy' }),
      connectionRow({ ...NEW, uuid: 'lost FIN', bytesRetrans: 0 }),
      connectionRow({ ...unanswered, uuid: 'unanswered' }),
      connectionRow({ ...unanswered, uuid: 'old and unanswered', bytesSent: null, bytesRetrans: null }),
    ];
    expect(summarize(rows).retransmitters.map(({ uuid }) => uuid)).toEqual(['lossy', 'old and lossy']);
  });
});
