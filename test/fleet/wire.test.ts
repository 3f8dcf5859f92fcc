import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_KINDS, messageId, parseMessageId, partitionOf, streamName, subjectOf } from '../../fleet/wire/index.js';
import { crc32 } from '../../fleet/wire/partition.js';
import { STREAM_KINDS } from '../../live/stream/index.js';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const frames = fc.record({
  cluster: name,
  node: name,
  epoch: fc.constant('5f3a9c1d-t1x9q0-8a3c'),
  kind: fc.constantFrom(...FRAME_KINDS),
  frame: fc.nat(),
});

describe('the id of a frame', () => {
  it('says which frame it is', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(parseMessageId(messageId(frame))).toEqual(frame);
      }),
    );
  });

  it.each(['', 'a/b/c/c', 'a/b/c/x/1', 'a/b/c/c/-1', 'a/b/c/c/1/2', 'a//c/c/1'])('is not %j', (text) => {
    expect(parseMessageId(text)).toBeUndefined();
  });

  it('has the kinds that the collector writes', () => {
    expect(FRAME_KINDS).toEqual(STREAM_KINDS);
  });
});

describe('the partition of a node', () => {
  it('is by the CRC-32 of IEEE 802.3', () => {
    // Check value of CRC-32/ISO-HDLC in the catalogue of CRC algorithms.
    expect(crc32('123456789')).toBe(0xcb_f4_39_26);
    expect(partitionOf({ cluster: 'a', node: 'node-7' }, 16)).toBe(crc32('a/node-7') % 16);
  });

  it('spreads nodes over all partitions', () => {
    const counts = new Array<number>(16).fill(0);
    for (let node = 0; node < 1600; node++) {
      const partition = partitionOf({ cluster: 'a', node: `node-${node}` }, 16);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  });
});

describe('the subject of a node', () => {
  it('has no character that subjects give a meaning to', () => {
    expect(subjectOf(7, 'c', 'eu.west', 'node-1.example > *')).toBe('tcpinfo.v1.07.c.eu_west.node-1_example____');
    expect(streamName(7)).toBe('TCPINFO_07');
  });
});
