import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, ZERO_TIMESTAMP } from '../../parse/index.js';

const metadata = { uuid: 'h_1_000000000000000A', sequence: 0, startTime: '2026-11-20T23:28:03.1Z' };
const conntrack = {
  id: 0xffff_ffff,
  orig: { src: '10.0.0.1', sport: 4000, dst: '10.0.0.2', dport: 9000 },
  reply: { src: '2001:db8::1', sport: 9001, dst: '10.0.0.1', dport: 4000 },
  status: 0x1ae,
};
const FLOW =
  '{"Id":4294967295,"Orig":{"Src":"10.0.0.1","Sport":4000,"Dst":"10.0.0.2","Dport":9000},' +
  '"Reply":{"Src":"2001:db8::1","Sport":9001,"Dst":"10.0.0.1","Dport":4000},"Status":430}';

describe('the flow in the metadata of a line', () => {
  it('is the last key, and is read back', () => {
    const provenance = { schema: 1, kernel: '6.18', intervalNs: 1, host: 'h', firstSeen: 'scan' };
    const line = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, provenance, conntrack } });
    expect(line).toContain(`},"Conntrack":${FLOW}}}\n`);
    expect(decodeRecord(line).metadata?.conntrack).toEqual(conntrack);
  });

  it('changes no byte of a line without it', () => {
    const line = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata });
    expect(line).toBe(
      '{"Timestamp":"0001-01-01T00:00:00Z","Metadata":{"UUID":"h_1_000000000000000A","Sequence":0,' +
        '"StartTime":"2026-11-20T23:28:03.1Z"}}\n',
    );
    expect(decodeRecord(line).metadata).not.toHaveProperty('conntrack');
  });

  it.for([
    '7',
    '{}',
    FLOW.replace('"Sport":4000', '"Sport":"4000"'),
    FLOW.replace('"Status":430', '"Status":null'),
  ])('is refused if it is %s', (flow) => {
    const line = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, conntrack } });
    expect(() => decodeRecord(line.replace(FLOW, flow))).toThrow(/Metadata.Conntrack/);
  });
});
