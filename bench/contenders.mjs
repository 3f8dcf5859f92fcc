// Contenders of the benchmark. Each is started in the near namespace, runs for a while, and reports figures. `begin`
// and `end` enclose the measurement; `stop` ends the contender and returns the figures that are known only then.

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  ALL_EXTENSIONS,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  NETLINK_SOCK_DIAG,
} from '../dist/inetdiag/index.js';
import { AF_INET, AF_INET6 } from '../dist/netlink/index.js';
import { DAEMON, METRICS } from './lab.mjs';
import { buildProgram } from './programs.mjs';
import { HistogramWindow } from './statistics.mjs';

/** Beat of contenders without a beat of their own. */
const BEAT_MS = 10;
export const OURS = 'tcp-info';
export const FLOOR = 'floor, one walk';
const TWO_WALKS = 'floor, two walks';

const ASKED = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS };
/** Requests of the collector: one walk over the kernel's table, or one per address family. */
const REQUESTS = {
  [FLOOR]: [buildGetSockRequest(ASKED)],
  [TWO_WALKS]: [AF_INET6, AF_INET].map((family) => buildSockDiagRequest({ ...ASKED, family })),
};

/** A program of bench/floor, which counts its own beats. */
class OnBeat {
  nominalBeatMs = BEAT_MS;
  #args;
  #program;

  constructor(name, args) {
    this.name = name;
    this.#args = args;
  }

  async start(lab, meter) {
    this.#program = await lab.startNear(await buildProgram('floor'), this.#args, meter).says('ready\n');
    return this.#program;
  }

  begin() {
    this.#program.child.kill('SIGUSR1');
  }

  end() {
    return {};
  }

  async stop() {
    const { scans, seconds, durationNs, latenessNs, bytesPerScan, userSeconds, systemSeconds } =
      await this.#program.totals({ stop: true });
    return {
      // CPU by getrusage, to check the meter.
      ownCores: (userSeconds + systemSeconds) / seconds,
      ...{ scansPerSecond: scans / seconds, scansFrom: 'its own count', bytesPerScan },
      ...{ scanMs: durationNs.mean / 1e6, lateP99Ms: latenessNs.p99 / 1e6, lateMaxMs: latenessNs.max / 1e6 },
    };
  }
}

/** Returns number and bytes of the files below a folder. */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = entries.map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).size);
  return { files: entries.length, bytes: bytes.reduce((sum, each) => sum + each, 0) };
}

/** A collector, which writes to a folder and may serve metrics: tcp-info or a peer. */
class Collector {
  #command;
  #says;
  #program;
  #lab;
  #first;
  #records;

  constructor(name, nominalBeatMs, command, says) {
    this.name = name;
    this.nominalBeatMs = nominalBeatMs;
    this.#command = command;
    this.#says = says;
  }

  async start(lab, meter) {
    this.#lab = lab;
    this.output = join(lab.folder, 'output');
    rmSync(this.output, { recursive: true, force: true });
    mkdirSync(this.output);
    this.#program = lab.startNear(...this.#command(this.output), meter);
    if (this.#says !== undefined) await this.#program.says(this.#says);
    return this.#program;
  }

  begin() {
    this.#first = { ...this.#look(), at: performance.now() };
  }

  end() {
    const [first, last, seconds] = [this.#first, this.#look(), (performance.now() - this.#first.at) / 1000];
    const rate = (after, before) =>
      after === undefined || before === undefined ? undefined : (after - before) / seconds;
    this.#records = last.samples?.get('tcpinfo_snapshot_total');
    return {
      recordsPerSecond: rate(this.#records, first.samples?.get('tcpinfo_snapshot_total')),
      filesPerSecond: rate(last.files, first.files),
      ...this.#scans(first, last, rate),
    };
  }

  /** Ends the collector. The last line of tcp-info's log has the total number of records. */
  async stop() {
    await this.#program.stop();
    const { bytes } = filesIn(this.output);
    const records = Number(/msg=stopped records=(\d+)/.exec(this.#program.stderr)?.[1] ?? this.#records);
    rmSync(this.output, { recursive: true, force: true });
    return { bytesPerRecord: records > 0 ? bytes / records : undefined };
  }

  #look() {
    const samples = this.#scrape();
    return { samples, files: samples?.get('tcpinfo_new_file_total') ?? filesIn(this.output).files };
  }

  /** Returns the metrics; undefined for a peer that does not serve any at that address. */
  #scrape() {
    try {
      return this.#lab.scrape().samples;
    } catch (error) {
      // curl's own exit status: there is no answer.
      if (this.#says === undefined && error.status !== undefined) return undefined;
      throw error;
    }
  }

  /** Returns figures of the scans, from the histograms of tcp-info or m-lab/tcp-info, else from the nominal beat. */
  #scans({ samples: first }, { samples: last }, rate) {
    const has = (name) => last?.has(`${name}_count`) === true;
    if (has('tcpinfo_scan_lateness_seconds')) {
      const lateness = new HistogramWindow('tcpinfo_scan_lateness_seconds', first, last);
      const duration = new HistogramWindow('tcpinfo_scan_duration_seconds', first, last);
      return {
        ...{ scansPerSecond: rate(duration.count, 0), scansFrom: 'its metrics', scanMs: toMs(duration.mean) },
        ...{ lateP99Ms: toMs(lateness.atMost(0.99)), lateMaxMs: toMs(lateness.atMost(1)), lateIsBound: true },
      };
    }
    if (has('tcpinfo_polling_interval_histogram')) {
      const polls = new HistogramWindow('tcpinfo_polling_interval_histogram', first, last);
      return { scansPerSecond: rate(polls.count, 0), scansFrom: 'its metrics' };
    }
    return { scansPerSecond: 1000 / this.nominalBeatMs, scansFrom: 'its nominal beat' };
  }
}

function toMs(seconds) {
  return seconds === undefined ? undefined : seconds * 1000;
}

function toHex(requests) {
  return requests.map((request) => Buffer.from(request).toString('hex')).join(',');
}

/** Returns all contenders. */
export function makeContenders({ twoWalks, ss, peers, peerBeatMs }) {
  const requests = Object.entries(REQUESTS).filter(([name]) => twoWalks || name !== TWO_WALKS);
  const floors = requests.map(
    ([name, requests]) =>
      new OnBeat(name, [
        'dump',
        `--protocol=${NETLINK_SOCK_DIAG}`,
        `--requests=${toHex(requests)}`,
        `--every-ms=${BEAT_MS}`,
      ]),
  );
  const daemon = (output) => [process.execPath, [DAEMON, `-output=${output}`, `-prom=${METRICS}`]];
  const others = peers.map(({ name, command }) => {
    const line = (output) => command.replaceAll('{output}', output).replaceAll('{metrics}', METRICS);
    return new Collector(name, peerBeatMs, (output) => ['sh', ['-c', `exec ${line(output)}`]]);
  });
  return [
    ...floors,
    new Collector(OURS, BEAT_MS, daemon, 'first scan'),
    ...(ss ? [new OnBeat('ss -tin', ['repeat', '--command=ss -tin', `--every-ms=${BEAT_MS}`])] : []),
    ...others,
  ];
}
