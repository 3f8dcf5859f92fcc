import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { connectionFacts } from '../../../view/connection/facts.js';
import { connectionAnswer } from '../../../view/verdict/connection.js';
import { connectionRow, type RowFields } from '../summary/rows.js';

const retransmitted = (fields: Partial<ConnectionRow>): string =>
  connectionFacts(connectionRow(fields), [], '→').retransmitted;

const sent = (fields: RowFields): string => connectionFacts(connectionRow(fields), [], '→').sent;

describe('the facts of a connection', () => {
  it('have the rate that the verdict has, over the same bytes and time', () => {
    const limitedUs = { application: 0, cwnd: 0, rwnd: 4e6, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 1e6 };
    const row = connectionRow({
      ...{ bytesSent: 1_100_000, bytesRetrans: 100_000, bytesReceived: 0, dataSegsIn: 0 },
      ...{ durationUs: 5_000_000, limitedUs, limitedBy: 'rwnd' },
    });
    expect(connectionFacts(row, [], '→').sent).toBe('1 MB, 2 Mbit/s while active');
    expect(connectionAnswer(row).evidence).toContain('1 MB sent at 2 Mbit/s');
  });

  it('have a mean over all bytes and time for an exchange, if known', () => {
    expect(sent({ bytesSent: 60, durationUs: 8_000_000 })).toBe('60 B, 60 bit/s on average');
    expect(sent({ bytesSent: 60, sendThroughputBytesPerSec: null, goodputBytesPerSec: null })).toBe('60 B');
    const recorded = { bytesSent: 500, bytesReceived: 500 };
    expect(sent({ bytesSent: 9_000, recorded, olderByUs: 60e6, durationUs: 4e6 })).toMatch(
      /^500 B in the 4 s recorded, 1 kbit\/s on average; 9 kB since it began at least 1\.07 min ago$/,
    );
  });

  it('compare retransmitted data with data sent', () => {
    const sent = { bytesSent: 10_000, bytesRetrans: 1_000, dataSegsOut: 10, totalRetrans: 4 };
    expect(retransmitted(sent)).toMatch(/^4 packets, 10 ?% of the bytes sent$/);
    expect(retransmitted({ ...sent, bytesSent: null, bytesRetrans: null })).toMatch(
      /^4 packets, 40 ?% of the packets with data$/,
    );
    expect(retransmitted({ ...sent, totalRetrans: null })).toBe('not recorded');
  });

  it('state that only SYN or FIN was retransmitted', () => {
    const unanswered = { bytesSent: 0, bytesRetrans: 0, dataSegsOut: 0, totalRetrans: 6 };
    expect(retransmitted(unanswered)).toBe('6 packets (SYN or FIN), no data');
    expect(retransmitted({ ...unanswered, totalRetrans: 0 })).toBe('0 packets');
    expect(retransmitted({ bytesSent: 1_000, bytesRetrans: 0, dataSegsOut: 1, totalRetrans: 1 })).toBe(
      '1 packet (SYN or FIN), no data',
    );
  });
});
