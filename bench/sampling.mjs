// The load of a scenario, and what one contender costs on it.
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

/** Descriptors that a load process needs besides its connections. */
const SPARE_FILES = 1000;
/** More connections in one process make its rounds long. */
const MOST_HELD = 15_000;
/** Memory that a connection may take, of both its sockets and of whoever records it, bytes. */
const BYTES_A_CONNECTION = 64 * 1024;
/** Bytes that a connection sends at a time. */
const PIECE_BYTES = 100;
const [HOLD_PORT, CHURN_PORT, CHURN_PORTS] = [30_000, 20_000, 16];
/** Connections at a time when they come and go. */
const CHURN_WINDOW = 64;
/**
 * TIME_WAIT sockets that a namespace may have. They lie in the table that dumps walk over, a minute each: with this few
 * of them everybody finds the table alike from the first seconds on.
 */
const MOST_TIME_WAIT = 2000;

/** A scenario that cannot be had on this machine. */
export class NotHere extends Error {}

/** Connections that are held between the namespaces while contenders take turns. */
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
    // The far end only takes.
    const taking = { address: FAR, port, active: 0, 'every-ms': 1000 };
    const sending = { active, 'in-turn': 1, 'max-bytes': PIECE_BYTES, 'every-ms': active > 0 ? 10 : 1000 };
    const holding = { to: FAR, port, from: NEAR.join(','), count: connections, seconds: 10_000_000, ...sending };
    this.#programs.push(await this.#lab.startLoad('hold-server', taking, this.meter));
    this.#programs.push(await this.#lab.startLoad('hold', holding, this.meter));
  }

  /** Nothing more to do: it is there all the time. */
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

  /** Ends the holding ends first, so that all connections end in order. */
  async stop() {
    for (const program of this.#programs.reverse()) await program.stop();
    await this.meter.remove();
  }
}

/** Connections that come and go, anew for each contender. */
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
      // The next contender has one of its own.
      await client.stop();
    }
  }

  /** Waits until ours has taken in all, has it end, and reads every archive. Of others this is not known. */
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

/** What one contender costs on a load: a flat object of figures. */
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
