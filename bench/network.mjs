// Measures the cost of network metrics on the main thread, without a kernel: `node bench/network.mjs [CONNECTIONS...]`
// after the build. Prints for each number of connections the time of one walk when none or all of them had a record,
// its longest slice, the added time per record and per opened and closed connection, and the time of one metrics page.

import { ConnectionCache, Exclusions, StateSlots } from '../dist/cache/index.js';
import { ephemeralPortReader } from '../dist/host/index.js';
import { EphemeralPorts, NetworkMeter, PortGroups } from '../dist/live/network/index.js';
import { TrafficMeter } from '../dist/live/traffic/index.js';
import { createMetrics, renderMetrics } from '../dist/metrics/index.js';
import { fieldOf } from '../dist/netlink/index.js';
import { MessageBytes, parseNetlinkMessage } from '../dist/parse/index.js';
import { TCP_INFO } from '../dist/tcp/index.js';
import { quantile } from './statistics.mjs';

const TIME = '2026-11-21T00:00:00.000000000Z';
const ROUNDS = 15;
const HEADER = 16;
const MSG = 72;
const INFO = HEADER + MSG + 4;
const INFO_BYTES = 280;
const at = (name) => INFO + fieldOf(TCP_INFO, name).offset;

/** Returns a message of an established connection to port 443, with only tcp_info. */
function message(cookie) {
  const bytes = Buffer.alloc(INFO + INFO_BYTES);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(18, 4);
  bytes.writeUInt8(2, HEADER);
  bytes.writeUInt8(1, HEADER + 1);
  bytes.writeUInt16BE(32_768 + (cookie % 28_000), HEADER + 4);
  bytes.writeUInt16BE(443, HEADER + 6);
  bytes.set([192, 0, 2, 1], HEADER + 8);
  bytes.set([198, 51, 100, cookie >> 16], HEADER + 24);
  bytes.writeBigUInt64LE(BigInt(cookie), HEADER + 44);
  bytes.writeUInt16LE(4 + INFO_BYTES, HEADER + MSG);
  bytes.writeUInt16LE(2, HEADER + MSG + 2);
  bytes.writeUInt32LE(10_000 + cookie, at('rttUs'));
  bytes.writeUInt32LE(9000, at('minRttUs'));
  return bytes;
}

function setUp(isMeasured) {
  const metrics = createMetrics({ version: 'bench', processMetrics: false, network: { portGroups: ['443'] } });
  const slots = new StateSlots();
  const traffic = new TrafficMeter(metrics, slots);
  const slices = [];
  const meter = new NetworkMeter({
    metrics: metrics.network,
    portGroups: new PortGroups([{ text: '443', first: 443, last: 443 }]),
    slots,
    traffic: traffic.slot,
    ephemeral: new EphemeralPorts(ephemeralPortReader()),
    isWatched: () => true,
    connections: () => cache.connections(),
    later: (work) => slices.push(work),
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const observers = isMeasured ? [traffic, meter] : [traffic];
  const cache = new ConnectionCache({ uuidPrefix: 'bench', exclusions, observers, slots });
  traffic.scanned(0n);
  return { cache, meter, metrics, slices };
}

function time(work) {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function open(cache, messages) {
  for (const bytes of messages) cache.update(parseNetlinkMessage(Buffer.from(bytes), TIME));
}

/** Updates every connection's record in place, like a scan. */
function renew(cache, messages, round) {
  for (const bytes of messages) {
    bytes.writeUInt32LE(round, at('segsOut'));
    bytes.writeBigUInt64LE(BigInt(round * 1448), at('bytesSent'));
    cache.renew(new MessageBytes(bytes), 0, bytes.length, TIME);
  }
}

function close(cache, messages) {
  for (const bytes of messages) {
    cache.end(bytes.readBigUInt64LE(HEADER + 44), { timestamp: TIME, cause: 'shutdown' });
  }
}

async function measure(connections) {
  const messages = Array.from({ length: connections }, (_, i) => message(i + 1));
  const [measured, bare] = [setUp(true), setUp(false)];
  for (const { cache } of [measured, bare]) open(cache, messages);
  const figures = { idle: [], walk: [], slice: [], record: [], openClose: [], page: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const without = time(() => renew(bare.cache, messages, round));
    const withMetrics = time(() => renew(measured.cache, messages, round));
    figures.record.push((withMetrics - without) / connections);
    const slices = [time(() => measured.meter.walk())];
    while (measured.slices.length > 0) slices.push(time(measured.slices.shift()));
    figures.walk.push(slices.reduce((sum, each) => sum + each, 0));
    figures.slice.push(Math.max(...slices));
    figures.idle.push(time(() => measured.meter.walk()));
    const began = performance.now();
    await renderMetrics(measured.metrics.registry);
    figures.page.push(performance.now() - began);
  }
  for (const { cache } of [measured, bare]) close(cache, messages);
  for (let round = 1; round <= ROUNDS; round++) {
    const [without, withMetrics] = [bare, measured].map(({ cache, meter }) =>
      time(() => {
        open(cache, messages);
        close(cache, messages);
        meter.walk();
      }),
    );
    while (measured.slices.length > 0) measured.slices.shift()();
    figures.openClose.push((withMetrics - without) / connections);
  }
  return figures;
}

const counts = process.argv.slice(2).map(Number);
for (const connections of counts.length > 0 ? counts : [10_000, 50_000]) {
  const { idle, walk, slice, record, openClose, page } = await measure(connections);
  const ms = (values) => `${quantile(values, 0.5).toFixed(3)} ms`;
  const ns = (values) => `${(quantile(values, 0.5) * 1e6).toFixed(0)} ns`;
  process.stdout.write(
    `${connections} connections: walk ${ms(walk)} when all had a record (longest slice ${ms(slice)}), ${ms(idle)} when none; ` +
      `${ns(record)} a record, ${ns(openClose)} an open and close; page ${ms(page)}\n`,
  );
}
