import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { connectionFacts } from '../../../cmd/tcp-info/show/facts.js';
import { connectionRow } from '../summary/rows.js';

const retransmitted = (fields: Partial<ConnectionRow>): string =>
  connectionFacts(connectionRow(fields), [], '→').retransmitted;

describe('the facts of a connection', () => {
  it('compare retransmitted data with data sent', () => {
    const sent = { bytesSent: 10_000, bytesRetrans: 1_000, dataSegsOut: 10, totalRetrans: 4 };
    expect(retransmitted(sent)).toMatch(/^4 packets, 10 ?% of the bytes sent$/);
    expect(retransmitted({ ...sent, bytesSent: null, bytesRetrans: null })).toMatch(
      /^4 packets, 40 ?% of the packets with data$/,
    );
    expect(retransmitted({ ...sent, totalRetrans: null })).toBe('not recorded');
  });

  it('say that only SYN or FIN was sent again', () => {
    const unanswered = { bytesSent: 0, bytesRetrans: 0, dataSegsOut: 0, totalRetrans: 6 };
    expect(retransmitted(unanswered)).toBe('6 packets (SYN or FIN), no data');
    expect(retransmitted({ ...unanswered, totalRetrans: 0 })).toBe('0 packets');
    expect(retransmitted({ bytesSent: 1_000, bytesRetrans: 0, dataSegsOut: 1, totalRetrans: 1 })).toBe(
      '1 packet (SYN or FIN), no data',
    );
  });
});
