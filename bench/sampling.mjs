// Makes the load of a scenario, and measures the cost of one contender on it.
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OURS } from './contenders.mjs';
import { FAR, NEAR } from './lab.mjs';
import { createMeter, machineTimes, memoryOf } from './meter.mjs';
import { parseOpenFilesLimit } from './proc-text.mjs';
import { shareOut } from './scenario.mjs';
import { verify } from './verify.mjs';

/** Descriptors of a load process besides its connections. */
const SPARE_FILES = 1000;
/** Maximum number of connections per process. With more its rounds take long. */
const MOST_HELD = 15_000;
/** Memory per connection in bytes: for both its sockets and for the collectors. */
const BYTES_A_CONNECTION = 64 * 1024;
/** Bytes that a connection sends at once. */
const PIECE_BYTES = 100;
const [HOLD_PORT, CHURN_PORT, CHURN_PORTS] = [30_000, 20_000, 16];
/** Number of simultaneous short connections. */
const CHURN_WINDOW = 64;
/**
 * Limit on TIME_WAIT sockets in a namespace. Each stays for a minute in the table that dumps walk over. With this limit
 * the table is the same for all contenders after a few seconds.
 */
const MOST_TIME_WAIT = 2000;

/** Thrown when a scenario is not possible on this machine. */
export class NotHere extends Error {}

/** Load of long connections between the namespaces, while contenders take turns. */
export class HeldLoad {
  meter = createMeter();
  #lab;
  #programs = [];

  constructor(lab, { connections, active }) {
    this.#lab = lab;
    this.connections = connections;
    this.active = active;
  }

  async start() {
    if (this.connections * BYTES_A_CONNECTION > freemem()) {
      throw new NotHere(`${this.connections} connections may take more memory than is free`);
    }
    const limit = parseOpenFilesLimit(readFileSync('/proc/self/limits', 'utf8'));
    const most = Math.min(MOST_HELD, limit - SPARE_FILES);
    if (most < 1) throw new NotHere(`the limit of open files, ${limit}, is too low`);
    for (const [i, share] of shareOut(this.connections, this.active, most).entries()) {
      await this.#startPair(HOLD_PORT + i, share);
    }
  }

  async #startPair(port, { connections, active }) {
    // The far end only receives.
    const taking = { address: FAR, port, active: 0, 'every-ms': 1000 };
    const sending = { active, 'in-turn': 1, 'max-bytes': PIECE_BYTES, 'every-ms': active > 0 ? 10 : 1000 };
    const holding = { to: FAR, port, from: NEAR.join(','), count: connections, seconds: 10_000_000, ...sending };
    this.#programs.push(await this.#lab.startLoad('hold-server', taking, this.meter));
    this.#programs.push(await this.#lab.startLoad('hold', holding, this.meter));
  }

  /** Measures after a warm-up. The load runs all the time. */
  async run(warmUpSeconds, measure) {
    await sleep(warmUpSeconds * 1000);
    const figures = await measure();
    for (const program of this.#programs) {
      if (!program.runs) throw new Error(`load generator ended: ${program.stderr}`);
    }
    return figures;
  }

  async afterwards() {
    return {};
  }

  /** Ends the clients first, so that all connections end in order. */
  async stop() {
    for (const program of this.#programs.reverse()) await program.stop();
    await this.meter.remove();
  }
}

/** Load of short connections, restarted for each contender. */
export class ClosingLoad {
  meter = createMeter();
  #lab;
  #perSecond;
  #seconds;
  #server;
  #counts;
  #client;

  constructor(lab, { perSecond }, { warmUpSeconds, seconds }) {
    this.#lab = lab;
    this.#perSecond = perSecond;
    this.#seconds = warmUpSeconds + seconds;
    this.#counts = join(lab.folder, 'counts.jsonl');
  }

  async start() {
    this.#lab.limitTimeWait(MOST_TIME_WAIT);
    const taking = { address: FAR, port: CHURN_PORT, ports: CHURN_PORTS, reply: 1 };
    this.#server = await this.#lab.startLoad('churn-server', taking, this.meter);
  }

  async run(warmUpSeconds, measure) {
    const client = await this.#lab.startLoad(
      'churn',
      {
        ...{ to: FAR, port: CHURN_PORT, ports: CHURN_PORTS, from: NEAR.join(','), window: CHURN_WINDOW },
        ...{ count: this.#perSecond * this.#seconds, rate: this.#perSecond, out: this.#counts },
      },
      this.meter,
    );
    try {
      await sleep(warmUpSeconds * 1000);
      const figures = await measure();
      this.#client = await client.totals();
      return figures;
    } finally {
      // The next contender has its own client.
      await client.stop();
    }
  }

  /** Waits until tcp-info has recorded everything, ends it, and checks every archive. Skips other contenders. */
  async afterwards(contender, program) {
    const { connections, perSecond } = this.#client;
    const made = { closesPerSecond: perSecond, connections };
    if (contender.name !== OURS) return made;
    const began = performance.now();
    await this.#lab.quiet();
    const caughtUpSeconds = (performance.now() - began) / 1000;
    const lostEvents = this.#lab.scrape()('tcpinfo_destroy_events_lost_total');
    await program.stop();
    const { right, wrong, missing, leftOver } = await verify(contender.output, this.#counts, lostEvents);
    return { ...made, caughtUpSeconds, lostEvents, final: right, wrong, missing, leftOver };
  }

  async stop() {
    await this.#server.stop();
    await this.meter.remove();
  }
}

/** Measures the cost of one contender on a load. Returns a flat object of figures. */
export async function sample(lab, load, contender, { warmUpSeconds, seconds }) {
  const meter = createMeter();
  try {
    const program = await contender.start(lab, meter);
    const measured = await load.run(warmUpSeconds, async () => {
      contender.begin();
      const first = times(meter, load);
      await sleep(seconds * 1000);
      const last = times(meter, load);
      if (!program.runs) throw new Error(`${contender.name} ended: ${program.stderr.slice(-2000)}`);
      return { ...between(first, last), ...contender.end(), ...memoryOf(meter.members()) };
    });
    const after = await load.afterwards(contender, program);
    return withScanCosts({ ...measured, ...after, ...(await contender.stop()), cpuFrom: meter.how });
  } finally {
    await meter.remove();
  }
}

function times(meter, load) {
  return { at: performance.now(), cpu: meter.cpuSeconds(), load: load.meter.cpuSeconds(), machine: machineTimes() };
}

function between(first, last) {
  const seconds = (last.at - first.at) / 1000;
  const grown = (name) => last.machine[name] - first.machine[name];
  const [busy, idle] = [grown('busy'), grown('idle')];
  const [cpu, load] = [last.cpu - first.cpu, last.load - first.load];
  return {
    seconds,
    ...{ cores: cpu / seconds, loadCores: load / seconds, otherCores: (busy - cpu - load) / seconds },
    ...{ stolenCores: grown('stolen') / seconds, machineBusy: busy / (busy + idle) },
  };
}

function withScanCosts(figures) {
  const { cores, scansPerSecond } = figures;
  return { ...figures, beatMs: 1000 / scansPerSecond, cpuPerScanMs: (cores * 1000) / scansPerSecond };
}
