// Runs the daemon's components under a wrong clock: the first scan ends half a second before midnight UTC. Arguments:
// output folder, mtime of a file in milliseconds. Prints `scanned` after the first scan that found a connection, and
// ends in order with its stdin. Runs the built code.

import { ConnectionCache, Exclusions, StateSlots } from '../../dist/cache/index.js';
import { Collector } from '../../dist/collector/index.js';
import { TrafficMeter } from '../../dist/live/traffic/index.js';
import { createLogger } from '../../dist/log/index.js';
import { createMetrics } from '../../dist/metrics/index.js';
import { loadNetlink } from '../../dist/native/index.js';
import { formatTimestamp } from '../../dist/parse/index.js';
import { Saver, SYSTEM_CLOCK } from '../../dist/saver/index.js';

const DAY_NS = 86_400_000_000_000n;
const [output = '.', rotateMs = '1000'] = process.argv.slice(2);

let offsetNs;
const clock = {
  monotonicMs: SYSTEM_CLOCK.monotonicMs,
  timestamp: () => formatTimestamp(BigInt(Date.now()) * 1_000_000n + (offsetNs ?? 0n)),
};

/** Returns a batch with the times of the wrong clock. */
function shifted(batch) {
  offsetNs ??= DAY_NS - 500_000_000n - (batch.endNs % DAY_NS);
  return { ...batch, startNs: batch.startNs + offsetNs, endNs: batch.endNs + offsetNs };
}

const metrics = createMetrics({ version: 'test', processMetrics: false });
const saver = new Saver({
  output,
  rotateMs: Number(rotateMs),
  flushAgeMs: 100,
  maxWaitingBytes: 1 << 24,
  anonymize: ({ rawIdm }) => rawIdm,
  metrics,
  log: createLogger({ write: () => undefined }),
  clock,
});
const cache = new ConnectionCache({
  uuidPrefix: 'midnight_1700000000',
  exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
  observers: [saver],
});
let said = false;
const { Poller } = loadNetlink();
const collector = new Collector({
  intervalNs: 10_000_000,
  cache,
  destroyEvents: 'off',
  traffic: new TrafficMeter(metrics, new StateSlots()),
  metrics,
  log: createLogger({ write: () => undefined }),
  createPoller: (options, onBatch) => new Poller(options, (batch) => onBatch(shifted(batch))),
  onScan: () => {
    if (said || cache.size === 0) return;
    said = true;
    process.stdout.write('scanned\n');
  },
});

saver.start();
collector.start();
process.stdin.resume().on('end', async () => {
  await collector.stop();
  await saver.close();
  process.exit(0);
});
