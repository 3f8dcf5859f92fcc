// @ts-check
// Makes archives of synthetic connections with the project's own writer, to measure readers.
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger } from '../dist/log/index.js';
import { createMetrics } from '../dist/metrics/index.js';
import { formatTimestamp, parseNetlinkMessage } from '../dist/parse/index.js';
import { createCompressor, Saver } from '../dist/saver/index.js';

const DUMP = new URL('../test/fixtures/6.18-dump.bin', import.meta.url);
const FIRST_NS = 1_763_596_800_000_000_000n; // 2025-11-20
const INET_DIAG_INFO = 2;
const INET_DIAG_SKMEMINFO = 7;
const COOKIE_OFFSET = 44;
const MSS = 1448;
// States of include/net/tcp_states.h.
const FIN_WAIT1 = 4;
const CLOSE = 7;

/** Returns a reproducible generator of numbers from 0 to 1 (mulberry32). @param {number} seed */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a record of a real socket with tcp_info and the most attributes. */
export function template() {
  const bytes = readFileSync(DUMP);
  const found = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const record = parseNetlinkMessage(Buffer.from(bytes.subarray(at, at + length)), formatTimestamp(FIRST_NS));
    if (record.attributes?.[INET_DIAG_INFO]) found.push(record);
    at += (length + 3) & ~3;
  }
  const [first] = found.toSorted((a, b) => (b.attributes?.length ?? 0) - (a.attributes?.length ?? 0));
  if (first === undefined) throw new Error(`${DUMP}: no socket with tcp_info`);
  return first;
}

/** A connection that sends as fast as its changing path allows. */
export class SyntheticConnection {
  #random;
  #info;
  #memory;
  #timeNs;
  #sent = 0;
  #acked = 0;
  #segments = 0;
  #retransmitted = 0;
  #rtt;
  #cwnd = 10;
  #slow = 1;
  #busyUs = 0;

  constructor(number, record, startNs) {
    this.#random = randomOf(number + 1);
    this.#rtt = 2000 + this.#random() * 80_000;
    this.#timeNs = startNs;
    this.cookie = BigInt(number + 1);
    this.uuid = `host.example.com_1763500000_${this.cookie.toString(16).toUpperCase().padStart(16, '0')}`;
    this.family = 2;
    this.firstSeen = 'scan';
    this.startTime = formatTimestamp(startNs);
    const rawIdm = Buffer.from(record.rawIdm);
    rawIdm.writeBigUInt64LE(this.cookie, COOKIE_OFFSET);
    rawIdm[0] = 2; // AF_INET
    rawIdm[1] = 1; // ESTABLISHED
    rawIdm.writeUInt16BE(1024 + (number % 60_000), 4);
    rawIdm.writeUInt16BE(number % 10 === 0 ? 5432 : 443, 6);
    rawIdm.fill(0, 8, 40);
    rawIdm.set([10, 0, 0, 1], 8);
    rawIdm.set([198, 51, 100 + (number % 7), 1 + (number % 250)], 24);
    const attributes = record.attributes.map((payload) => (payload === null ? null : Buffer.from(payload)));
    this.#info = attributes[INET_DIAG_INFO];
    this.#memory = attributes[INET_DIAG_SKMEMINFO];
    this.#info[0] = 1; // tcpi_state
    this.#info.writeUInt32LE(MSS, 16); // tcpi_snd_mss
    this.#info.writeUInt32LE(0x7fffffff, 76); // tcpi_snd_ssthresh
    this.#slow = number % 500 === 499 ? 20 : 1;
    this.#cwnd = this.#slow > 1 ? 2 : 10;
    this.last = { timestamp: this.startTime, rawIdm, attributes };
  }

  /** Puts the next snapshot into `last`. */
  step() {
    const random = this.#random;
    const info = this.#info;
    const elapsedNs = 10_000_000 + Math.floor(random() * 90_000_000);
    this.#timeNs += BigInt(elapsedNs);
    // Data waits to be sent most of the time.
    this.#busyUs += Math.floor((elapsedNs / 1000) * (0.7 + 0.3 * random()));
    const lost = random() < 0.02 ? 1 + Math.floor(random() * 4) : 0;
    this.#rtt = Math.max(1500, this.#rtt * (0.9 + random() * 0.2));
    this.#cwnd = lost > 0 ? Math.max(10, this.#cwnd >> 1) : this.#cwnd + Math.floor(random() * 3);
    if (this.#slow > 1) this.#cwnd = Math.min(this.#cwnd, 3);
    const packets = Math.max(1, Math.floor(this.#cwnd * (0.5 + random())));
    this.#segments += packets;
    this.#retransmitted += lost;
    this.#sent += packets * MSS;
    // The window is full, and more data waits.
    this.#acked = Math.max(this.#acked, this.#sent - this.#cwnd * MSS);
    info.writeUInt32LE(Math.ceil((this.#sent - this.#acked) / MSS), 24); // tcpi_unacked
    info.writeUInt32LE(100 * MSS, 144); // tcpi_notsent_bytes
    info.writeUInt32LE(4 << 20, 228); // tcpi_snd_wnd
    info.writeUInt32LE(lost, 32); // tcpi_lost
    info.writeUInt32LE(Math.floor(random() * 50), 44); // tcpi_last_data_sent
    info.writeUInt32LE(Math.floor(random() * 50), 52); // tcpi_last_data_recv
    info.writeUInt32LE(Math.floor(random() * 50), 56); // tcpi_last_ack_recv
    info.writeUInt32LE(200_000 + Math.floor(this.#rtt), 8); // tcpi_rto
    info.writeUInt32LE(this.#segments - this.#retransmitted, 192); // tcpi_delivered
    const queued = this.#sent - this.#acked + 100 * MSS;
    this.last.rawIdm.writeUInt32LE(queued, 60); // idiag_wqueue
    // The kernel's memory for a segment of two pages.
    this.#memory?.writeUInt32LE(Math.ceil(queued / MSS) * 2304, 20); // SK_MEMINFO_WMEM_QUEUED
    info.writeUInt32LE(Math.floor(this.#rtt), 68); // tcpi_rtt
    info.writeUInt32LE(Math.floor(this.#rtt / 8), 72); // tcpi_rttvar
    info.writeUInt32LE(this.#cwnd, 80); // tcpi_snd_cwnd
    info.writeUInt32LE(this.#retransmitted, 100); // tcpi_total_retrans
    const rate = Math.floor((this.#cwnd * MSS * 1e6) / this.#rtt);
    info.writeBigUInt64LE(BigInt(Math.floor(rate * 1.2)), 104); // tcpi_pacing_rate
    info.writeBigUInt64LE(BigInt(this.#acked), 120); // tcpi_bytes_acked
    info.writeUInt32LE(this.#segments, 136); // tcpi_segs_out
    info.writeUInt32LE(this.#segments >> 1, 140); // tcpi_segs_in
    info.writeUInt32LE(this.#segments, 156); // tcpi_data_segs_out
    info.writeBigUInt64LE(BigInt(Math.floor(rate * (0.8 + random() * 0.2))), 160); // tcpi_delivery_rate
    info.writeBigUInt64LE(BigInt(this.#busyUs), 168); // tcpi_busy_time
    info.writeBigUInt64LE(BigInt(this.#sent), 200); // tcpi_bytes_sent
    info.writeBigUInt64LE(BigInt(this.#retransmitted * MSS), 208); // tcpi_bytes_retrans
    this.last = { ...this.last, timestamp: formatTimestamp(this.#timeNs) };
  }

  /** Sets the kernel's state number for the next snapshots. */
  enter(state) {
    const rawIdm = Buffer.from(this.last.rawIdm);
    rawIdm[1] = state;
    const info = this.#info;
    info[0] = state;
    // All data is acknowledged. The SYN and, at the end, the FIN count as one byte each.
    this.#acked = this.#sent;
    info.writeUInt32LE(0, 24); // tcpi_unacked
    info.writeUInt32LE(0, 144); // tcpi_notsent_bytes
    rawIdm.writeUInt32LE(0, 60); // idiag_wqueue
    this.#memory?.writeUInt32LE(0, 20); // SK_MEMINFO_WMEM_QUEUED
    info.writeBigUInt64LE(BigInt(this.#sent + (state === CLOSE ? 2 : 1)), 120); // tcpi_bytes_acked
    this.last = { ...this.last, rawIdm };
  }
}

/**
 * Writes a folder of archives.
 * @param {{ output: string, archives: number, records: number, days: number, log?: (line: string) => void }} options
 */
export async function writeSyntheticArchives({ output, archives, records, days, log }) {
  const compressor = createCompressor();
  let isPressed = false;
  const saver = new Saver({
    output,
    flushAgeMs: 3_600_000,
    rotateMs: 24 * 3_600_000,
    maxWaitingBytes: 64 * 2 ** 20,
    anonymize: ({ rawIdm }) => rawIdm,
    metrics: createMetrics({ version: 'bench', processMetrics: false }),
    log: createLogger({ write: (line) => process.stderr.write(line) }),
    compress: compressor.compress,
    onPressure: (pressed) => {
      isPressed = pressed;
    },
  });
  saver.start();
  const record = template();
  const spanNs = BigInt(days) * 86_400_000_000_000n - 3_600_000_000_000n;
  for (let number = 0; number < archives; number++) {
    const startNs = FIRST_NS + (spanNs * BigInt(number)) / BigInt(archives);
    const connection = new SyntheticConnection(number, record, startNs);
    saver.opened(connection);
    for (let i = 1; i < records; i++) {
      connection.step();
      // The connection is closed in order at the end of its records.
      if (i === records - 2) connection.enter(FIN_WAIT1);
      else if (i === records - 1) connection.enter(CLOSE);
      saver.changed(connection);
      while (isPressed) await nextTurn();
    }
    saver.closed(connection);
    if (number % 16 === 0 || isPressed) await nextTurn();
    while (isPressed) await nextTurn();
    if (log !== undefined && number % 5000 === 4999) log(`${number + 1} archives written`);
  }
  await saver.close();
  if (saver.totals.lost > 0) throw new Error(`${saver.totals.lost} records were lost`);
}
