import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type HttpExchange, HttpTap } from '../../http/index.js';
import { CaptureReader } from '../../http/packet/index.js';
import { havePrograms } from '../support/programs.js';
import { FRAMING_CASES } from './cases.js';
import { pcap } from './packet/captures.js';
import { Conversation, ENDS, EPOCH, type Segment, segmented, toPacket } from './wire.js';

const folder = mkdtempSync(join(tmpdir(), 'tcp-info-tshark-'));
afterAll(() => rmSync(folder, { recursive: true }));

function toFile(connections: readonly (readonly Segment[])[]): Buffer {
  const packets = connections.flatMap((segments, i) =>
    segments.map((segment) => ({
      seconds: EPOCH + Math.floor(segment.timeMs / 1000),
      nanoseconds: (segment.timeMs % 1000) * 1e6,
      bytes: toPacket(segment, { ...ENDS, clientPort: 20_000 + i }),
    })),
  );
  return pcap(packets);
}

/** Returns counts of tshark's tree: requests by method, answers by code. */
function countByTshark(file: Buffer): Record<string, number> {
  const path = join(folder, 'capture.pcap');
  writeFileSync(path, file);
  const text = execFileSync('tshark', ['-r', path, '-o', 'tcp.desegment_tcp_streams:TRUE', '-z', 'http,tree', '-q'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const counts: Record<string, number> = {};
  for (const [, name = '', count] of text.matchAll(/^\s+(\d{3}(?= )|[A-Z-]+(?= {2}))[^\n]*?\s{2,}(\d+)\s/gm)) {
    counts[name] = Number(count);
  }
  return counts;
}

/** Returns the same counts of exchanges. */
function countByTap(file: Buffer): Record<string, number> {
  const exchanges: HttpExchange[] = [];
  const tap = new HttpTap({ ports: null, onExchange: (exchange) => exchanges.push(exchange) });
  const reader = new CaptureReader((cursor) => tap.addPacket(cursor));
  reader.push(file);
  tap.end();
  expect(reader.end().kind).toBe('whole');
  const counts: Record<string, number> = {};
  for (const { method, status, missing } of exchanges) {
    expect(missing).toBeNull();
    for (const name of [method, status]) counts[`${name}`] = (counts[`${name}`] ?? 0) + 1;
  }
  return counts;
}

describe.runIf(havePrograms('counts of tshark', 'tshark'))('counts', () => {
  it('of connections that stay open are those of tshark', () => {
    const connections = Array.from({ length: 20 }, (_, i) => {
      const conversation = new Conversation(1000 * i, 77 * i).open();
      for (let n = 0; n <= i; n++) {
        const method = ['GET', 'POST', 'DELETE'][n % 3];
        const status = [200, 404, 503][(n + i) % 3];
        const body = 'x'.repeat((n * 997) % 4000);
        conversation.client(`${method} /${i}/${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`);
        conversation.server(`HTTP/1.1 ${status} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      }
      return segmented(conversation.close().segments, 1448);
    });
    const file = toFile(connections);
    const counts = countByTap(file);
    expect(counts).toEqual(countByTshark(file));
    expect(counts['GET']).toBe(77);
  });

  it('of pipelined requests are those of tshark', () => {
    const requests = Array.from({ length: 50 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    const answers = Array.from(
      { length: 50 },
      (_, i) => `HTTP/1.1 200 OK\r\nContent-Length: ${i}\r\n\r\n${'x'.repeat(i)}`,
    );
    const { segments } = new Conversation().open().client(requests).server(answers.join('')).close();
    const file = toFile([segmented(segments, 536)]);
    expect(countByTap(file)).toEqual(countByTshark(file));
  });

  // tshark counts interim answers, reads on in a tunnel and after an upgrade, takes what follows the answer to a
  // pipelined HEAD as its body, and does not know empty lines before a request.
  const same = FRAMING_CASES.filter(({ name }) => !/interim|upgrade|tunnel|pipelined|empty lines/.test(name));
  it.each(same)('of $name are those of tshark', ({ segments }) => {
    const file = toFile([segments]);
    expect(countByTap(file)).toEqual(countByTshark(file));
  });
});
