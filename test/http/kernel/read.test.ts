import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureError, type HttpExchange, readHttp } from '../../../http/kernel/index.js';
import { tempFolder } from '../../support/temp.js';
import { ACK, EPOCH, PSH, type Segment, SYN, toPacket } from '../wire.js';

/** LINKTYPE_RAW: packets begin at their IP header. */
const RAW = 101;

/** Returns a pcap file of segments. */
function pcap(segments: readonly Segment[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(RAW, 20);
  const records = segments.map((segment) => {
    const packet = toPacket(segment);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(EPOCH, 0);
    record.writeUInt32LE(segment.timeMs * 1e6, 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...records]);
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const GET = bytes('GET /a?b HTTP/1.1\r\nHost: x\r\nX-Id: 7\r\n\r\n');
const OK = bytes('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const segment = (fromClient: boolean, sequence: number, flags: number, payload: Buffer, timeMs: number): Segment => ({
  fromClient,
  sequence,
  acknowledgment: fromClient ? 501 : 101,
  flags,
  payload,
  timeMs,
});
const SEGMENTS = [
  segment(true, 100, SYN, Buffer.alloc(0), 0),
  segment(false, 500, SYN | ACK, Buffer.alloc(0), 1),
  segment(true, 101, PSH | ACK, GET, 2),
  segment(false, 501, PSH | ACK, OK, 5),
];

async function all(exchanges: AsyncIterable<HttpExchange>): Promise<HttpExchange[]> {
  const read: HttpExchange[] = [];
  for await (const exchange of exchanges) read.push(exchange);
  return read;
}

describe('readHttp', () => {
  const write = (name: string, content: Buffer): string => {
    const path = join(tempFolder(), name);
    writeFileSync(path, content);
    return path;
  };

  it('reads the exchanges of a file', async () => {
    const path = write('one.pcap', pcap(SEGMENTS));
    const reading = readHttp([path], { headers: ['x-id'], keepsQuery: true });
    const [exchange, ...others] = await all(reading);
    expect(others).toEqual([]);
    expect(exchange).toMatchObject({
      method: 'GET',
      path: '/a?b',
      status: 200,
      ttfbUs: 3000,
      side: 'unknown',
      connection: null,
      missing: null,
      headers: { request: { 'x-id': '7' }, response: {} },
    });
    expect(reading.counts.packets).toEqual({ read: 4, dropped: 0 });
    expect([...reading.ends]).toEqual([[path, { kind: 'whole', at: expect.any(Number) }]]);
  });

  it('reads files as one capture, and only the ports that are meant', async () => {
    const first = write('first.pcap', pcap(SEGMENTS.slice(0, 3)));
    const second = write('second.pcap', pcap(SEGMENTS.slice(3)));
    expect((await all(readHttp([first, second], { ports: [80] }))).map(({ missing }) => missing)).toEqual([null]);
    expect(await all(readHttp([first, second], { ports: [{ first: 81, last: 90 }] }))).toEqual([]);
    expect((await all(readHttp([first]))).map(({ missing }) => missing)).toEqual(['response']);
  });

  it('gives what was whole in a file that is cut', async () => {
    const whole = pcap([...SEGMENTS, segment(true, 101 + GET.length, PSH | ACK, GET, 6)]);
    const path = write('cut.pcap', whole.subarray(0, whole.length - 1));
    const reading = readHttp([path]);
    expect((await all(reading)).map(({ status }) => status)).toEqual([200]);
    expect(reading.ends.get(path)?.kind).toBe('truncated');
  });

  it('throws for a file that is no capture, and for one that does not exist', async () => {
    await expect(all(readHttp([write('text.pcap', bytes('no capture'))]))).rejects.toThrow(CaptureError);
    await expect(all(readHttp([join(tempFolder(), 'none')]))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
