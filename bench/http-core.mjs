// Measures the JavaScript work for a request and its answer, from the ring's blocks to the exchange:
//
//   npm run build:ts && node bench/http-core.mjs
//
// Prints JSON: for each kind of traffic the microseconds of the main thread per exchange (median, minimum and maximum of
// the rounds), and the bytes of memory per flow. Blocks are laid out as the kernel's (TPACKET_V3).

import { HttpTap } from '../dist/http/index.js';
import { summarize } from './statistics.mjs';

const ROUNDS = 15;
const EXCHANGES = 40_000;
const BLOCK_BYTES = 1 << 20;
const FLOWS = 10_000;
const EPOCH = 1_795_000_000;

const REQUEST_FIELDS =
  'Host: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n' +
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n' +
  'Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef\r\n\r\n';
const SMALL_FIELDS = 'Host: www.example.com\r\nUser-Agent: load/1.0\r\nAccept: */*\r\n\r\n';
const answerHead = (length) =>
  `HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 19:05:02 GMT\r\nContent-Type: text/html\r\nContent-Length: ${length}\r\n\r\n`;

/** Lays packets out as the kernel does, in blocks. */
class Ring {
  blocks = [];
  #block = Buffer.alloc(BLOCK_BYTES);
  #at = 48;
  #packets = 0;
  #ns = 0;

  add(port, fromClient, sequence, acknowledgment, flags, payload, length = payload.length) {
    const size = 68 + 12 + 40 + payload.length + 8;
    if (this.#at + size > BLOCK_BYTES) this.flush();
    const at = this.#at;
    const block = this.#block;
    this.#ns += 5000;
    const aligned = (size + 15) & ~15;
    block.writeUInt32LE(aligned, at);
    block.writeUInt32LE(EPOCH + Math.floor(this.#ns / 1e9), at + 4);
    block.writeUInt32LE(this.#ns % 1e9, at + 8);
    block.writeUInt32LE(40 + payload.length, at + 12);
    block.writeUInt32LE(40 + length, at + 16);
    block.writeUInt16LE(80, at + 24);
    block.writeUInt16LE(80, at + 26);
    block.writeUInt16BE(0x0800, at + 50);
    block.writeInt32LE(2, at + 52);
    block.writeUInt16LE(1, at + 56);
    block[at + 58] = fromClient ? 0 : 4;
    const ip = at + 80;
    block[ip] = 0x45;
    block.writeUInt16BE(40 + length, ip + 2);
    block[ip + 9] = 6;
    const ends = [0x0a4d0001, 0x0a4d0002];
    block.writeUInt32BE(ends[fromClient ? 0 : 1], ip + 12);
    block.writeUInt32BE(ends[fromClient ? 1 : 0], ip + 16);
    block.writeUInt16BE(fromClient ? port : 80, ip + 20);
    block.writeUInt16BE(fromClient ? 80 : port, ip + 22);
    block.writeUInt32BE(sequence >>> 0, ip + 24);
    block.writeUInt32BE(acknowledgment >>> 0, ip + 28);
    block[ip + 32] = 0x50;
    block[ip + 33] = flags;
    payload.copy(block, ip + 40);
    this.#at += aligned;
    this.#packets++;
  }

  flush() {
    if (this.#packets === 0) return;
    this.#block.writeUInt32LE(this.#packets, 12);
    this.#block.writeUInt32LE(48, 16);
    this.blocks.push(new Uint8Array(this.#block.subarray(0, this.#at)));
    this.#block = Buffer.alloc(BLOCK_BYTES);
    this.#at = 48;
    this.#packets = 0;
  }
}

/** Makes blocks of exchanges on connections that stay open. */
function traffic({ connections, fields, bodyBytes, segments, paths }) {
  const ring = new Ring();
  const flows = Array.from({ length: connections }, (_, i) => ({ port: 1024 + i, client: 1000, server: 5000 }));
  for (const flow of flows) {
    ring.add(flow.port, true, flow.client++, 0, 2, Buffer.alloc(0));
    ring.add(flow.port, false, flow.server++, flow.client, 0x12, Buffer.alloc(0));
  }
  const head = Buffer.from(answerHead(bodyBytes));
  for (let i = 0; i < EXCHANGES; i++) {
    const flow = flows[i % flows.length];
    const request = Buffer.from(`GET /pages/create/${i % paths} HTTP/1.1\r\n${fields}`);
    ring.add(flow.port, true, flow.client, flow.server, 0x18, request);
    flow.client += request.length;
    // The kernel keeps a segment that begins a message whole, and 2 KiB of others.
    let left = head.length + bodyBytes;
    const size = Math.ceil(left / segments);
    for (let part = 0; part < segments; part++) {
      const length = Math.min(size, left);
      const bytes = part === 0 ? Buffer.concat([head, Buffer.alloc(length - head.length)]) : Buffer.alloc(length);
      ring.add(flow.port, false, flow.server, flow.client, 0x18, bytes.subarray(0, part === 0 ? 16_384 : 2048), length);
      flow.server += length;
      left -= length;
    }
  }
  ring.flush();
  return ring.blocks;
}

function run(blocks, options) {
  let exchanges = 0;
  const tap = new HttpTap({
    ports: [{ first: 80, last: 80 }],
    isOwn: (address) => address === '10.77.0.2',
    interfaceName: () => 'eth0',
    onExchange: ({ missing }) => {
      if (missing === null) exchanges++;
    },
    ...options,
  });
  const began = process.cpuUsage();
  for (const block of blocks) tap.addBlock(block);
  const { user, system } = process.cpuUsage(began);
  if (exchanges !== EXCHANGES) throw new Error(`${exchanges} of ${EXCHANGES} exchanges`);
  return (user + system) / EXCHANGES;
}

function measure(options, tapOptions = {}) {
  const blocks = traffic(options);
  for (let i = 0; i < 3; i++) run(blocks, tapOptions);
  return summarize(Array.from({ length: ROUNDS }, () => run(blocks, tapOptions)));
}

/** Measures memory: flows that each had one exchange. */
function memoryPerFlow() {
  const ring = new Ring();
  for (let i = 0; i < FLOWS; i++) {
    const request = Buffer.from(`GET / HTTP/1.1\r\n${SMALL_FIELDS}`);
    ring.add(1024 + i, true, 1000, 0, 2, Buffer.alloc(0));
    ring.add(1024 + i, false, 5000, 1001, 0x12, Buffer.alloc(0));
    ring.add(1024 + i, true, 1001, 5001, 0x18, request);
    ring.add(1024 + i, false, 5001, 1001 + request.length, 0x18, Buffer.from(answerHead(0)));
  }
  ring.flush();
  const tap = new HttpTap({ ports: null, onExchange: () => {} });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (const block of ring.blocks) tap.addBlock(block);
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / tap.counts.flows;
  return { flows: tap.counts.flows, bytes: Math.round(bytes) };
}

const one = { connections: 1, fields: SMALL_FIELDS, bodyBytes: 1024, segments: 1, paths: 10 };
const results = {
  'one connection, 1 KiB': measure(one),
  '1,000 connections, 1 KiB': measure({ ...one, connections: 1000 }),
  'fields of a browser, 100,000 paths': measure({ ...one, connections: 100, fields: REQUEST_FIELDS, paths: 100_000 }),
  'the same, 3 headers kept': measure(
    { ...one, connections: 100, fields: REQUEST_FIELDS, paths: 100_000 },
    { headers: ['User-Agent', 'Accept', 'Content-Type'] },
  ),
  '100 KB in 2 segments': measure({ ...one, connections: 100, bodyBytes: 100_000, segments: 2 }),
};
if (globalThis.gc !== undefined) results['memory'] = memoryPerFlow();
console.log(JSON.stringify(results, null, 2));
