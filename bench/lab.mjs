// Two network namespaces, near and far, with a cable between them, and a third one without a cable. The built collector
// runs in the near one, with load between the two. In the end all programs are ended and everything is removed.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { buildProgram } from './programs.mjs';

/** Addresses of the near end of the cable. There are two because each has its own ports to connect from. */
export const NEAR = ['10.78.1.1', '10.78.1.3'];
export const FAR = '10.78.1.2';
/** Address at which a collector serves its metrics. */
export const METRICS = '127.0.0.1:9990';
/** Address at which a second collector in the same namespace serves its metrics. */
const BESIDE = '127.0.0.1:9989';
/** Path of the built collector. */
export const DAEMON = join(import.meta.dirname, '../dist/cmd/tcp-info/main.js');

/** A running program and its output. */
class Program {
  stdout = '';
  stderr = '';

  constructor(command, args, env) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child.stdout.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr.on('data', (text) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject).once('close', (code) => resolve(code));
    });
  }

  get pid() {
    return this.child.pid;
  }

  get runs() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the program has printed a text. */
  async says(text) {
    while (!`${this.stdout}${this.stderr}`.includes(text)) {
      if (!this.runs) throw new Error(`${this.child.spawnargs.join(' ')} ended: ${this.stderr}`);
      await sleep(50);
    }
    return this;
  }

  /** Returns the totals of a load generator at its end; `stop` ends it. @throws when it failed */
  async totals({ stop = false } = {}) {
    if (stop) this.child.kill('SIGTERM');
    const code = await this.ended;
    if (code !== 0) throw new Error(`load generator ended with ${code}: ${this.stdout}${this.stderr}`);
    return JSON.parse(this.stdout);
  }

  /** Ends the program with SIGTERM. @throws when it has not ended in time, and was killed */
  async stop(deadlineMs = 120_000) {
    if (!this.runs) return await this.ended;
    this.child.kill('SIGTERM');
    let late = false;
    const timer = setTimeout(() => {
      late = this.child.kill('SIGKILL');
    }, deadlineMs);
    const code = await this.ended;
    clearTimeout(timer);
    if (late) throw new Error(`${this.child.spawnargs.join(' ')} did not end within ${deadlineMs} ms`);
    return code;
  }
}

/** The namespaces and the programs in them. */
export class Lab {
  #id = process.pid;
  #near = `tcpi-load-${this.#id}-a`;
  #far = `tcpi-load-${this.#id}-b`;
  #aside = `tcpi-load-${this.#id}-c`;
  #programs = [];
  #removed;

  constructor(work) {
    this.folder = mkdtempSync(join(work, 'tcp-info-load-'));
  }

  /** @param work folder in which the lab makes its own folder */
  static async create(work = tmpdir()) {
    const lab = new Lab(work);
    lab.load = await buildProgram('load');
    try {
      lab.#make();
    } catch (error) {
      await lab.remove();
      throw error;
    }
    return lab;
  }

  #make() {
    for (const name of this.#namespaces) execFileSync('ip', ['netns', 'add', name]);
    execFileSync(...this.#inside(this.#aside, 'ip', 'link', 'set', 'lo', 'up'));
    const near = (...args) => execFileSync(...this.#inside(this.#near, ...args));
    const far = (...args) => execFileSync(...this.#inside(this.#far, ...args));
    near('ip', 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', this.#far);
    for (const address of NEAR) near('ip', 'address', 'add', `${address}/24`, 'dev', 'cable');
    far('ip', 'address', 'add', `${FAR}/24`, 'dev', 'cable');
    for (const end of [near, far]) {
      for (const link of ['lo', 'cable']) end('ip', 'link', 'set', link, 'up');
      end('sh', '-c', 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range');
      end('sh', '-c', 'echo 65535 > /proc/sys/net/core/somaxconn');
    }
  }

  /** Returns the command that runs a program in the near namespace. */
  nearCommand(program, ...args) {
    return this.#inside(this.#near, program, ...args);
  }

  get #namespaces() {
    return [this.#near, this.#far, this.#aside];
  }

  /** Limits the TIME_WAIT sockets of both namespaces. */
  limitTimeWait(most) {
    for (const namespace of [this.#near, this.#far]) {
      execFileSync(...this.#inside(namespace, 'sh', '-c', `echo ${most} > /proc/sys/net/ipv4/tcp_max_tw_buckets`));
    }
  }

  #inside(namespace, program, ...args) {
    return ['nsenter', [`--net=/run/netns/${namespace}`, program, ...args]];
  }

  #start(namespace, program, args, { env, meter } = {}) {
    if (this.#removed !== undefined) throw new Error(`${program} is not started: the lab is removed`);
    const inside = this.#inside(namespace, program, ...args);
    const started = new Program(...(meter?.wrap(...inside) ?? inside), env);
    meter?.started(started.pid);
    this.#programs.push(started);
    return started;
  }

  /** Starts a program in the near namespace. The meter measures its CPU and memory. */
  startNear(program, args, meter) {
    return this.#start(this.#near, program, args, { env: { PATH: process.env.PATH }, meter });
  }

  /** Starts a program in the namespace without a cable. */
  startAside(program, args) {
    return this.#start(this.#aside, program, args, { env: { PATH: process.env.PATH } });
  }

  /** Starts a program in the far namespace. */
  startFar(program, args) {
    return this.#start(this.#far, program, args, { env: { PATH: process.env.PATH } });
  }

  /** Starts an end of the load generator: servers in the far namespace, clients near. Waits until it is ready. */
  async startLoad(mode, options, meter) {
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const server = mode.endsWith('-server');
    const started = this.#start(server ? this.#far : this.#near, this.load, [mode, ...args], { meter });
    return server || mode === 'hold' ? await started.says('ready\n') : started;
  }

  /** Starts the collector in the near namespace. Its output is in the lab's folder. */
  async startDaemon(...flags) {
    this.output = join(this.folder, 'output');
    return await this.#startDaemon(this.#near, this.output, flags);
  }

  /** Starts the collector in the near namespace within a memory limit, each time with a new output folder. */
  async startDaemonWithin(limit, ...flags) {
    this.output = mkdtempSync(join(this.folder, 'output-'));
    return await this.#startDaemon(this.#near, this.output, flags, limit);
  }

  /** Starts a collector in the namespace without a cable, where it has nothing to record. */
  async startDaemonAside(...flags) {
    return await this.#startDaemon(this.#aside, join(this.folder, 'aside'), flags);
  }

  /** Starts a second collector in the near namespace, beside the one of {@link Lab.startDaemonWithin}. */
  async startDaemonBeside(...flags) {
    return await this.#startDaemon(this.#near, mkdtempSync(join(this.folder, 'beside-')), flags, undefined, BESIDE);
  }

  async #startDaemon(namespace, output, flags, meter, metrics = METRICS) {
    const writes = !flags.includes('-archive.write=false');
    const args = [DAEMON, ...(writes ? [`-output=${output}`] : []), `-prom=${metrics}`, ...flags];
    const env = { PATH: process.env.PATH };
    return await this.#start(namespace, process.execPath, args, { env, meter }).says('first scan');
  }

  /** Reads the metrics of the collector, or of the one aside or beside. Returns a function from sample name to value. */
  scrape({ aside = false, beside = false } = {}) {
    const url = `http://${beside ? BESIDE : METRICS}/metrics`;
    const [command, args] = this.#inside(aside ? this.#aside : this.#near, 'curl', '-s', url);
    const page = execFileSync(command, args, { encoding: 'utf8' });
    const lines = page.split('\n');
    const samples = new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/ (\S+)$/.exec(line)?.[1])]));
    const metric = (name) => samples.get(name);
    metric.samples = samples;
    metric.bytes = Buffer.byteLength(page);
    /** Returns every sample whose name begins with `start`. */
    metric.all = (start) => Object.fromEntries([...samples].filter(([name]) => name.startsWith(start)));
    return metric;
  }

  /** Waits until no recorded connection is left, and no record has been made for a second. */
  async quiet() {
    for (let before = -1, quietSince = performance.now(); performance.now() - quietSince < 1000; await sleep(200)) {
      const metric = this.scrape();
      const records = metric('tcpinfo_snapshot_total');
      if (metric('tcpinfo_connections') > 0 || records !== before) quietSince = performance.now();
      before = records;
    }
  }

  /** Kills all running programs. */
  async killPrograms() {
    for (const program of this.#programs) {
      if (program.runs) program.child.kill('SIGKILL');
      await program.ended.catch(() => undefined);
    }
  }

  /** Ends and removes everything. Afterwards no program can be started. */
  remove() {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async #remove() {
    await this.killPrograms();
    for (const name of this.#namespaces) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // It does not exist, because an earlier step failed.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Does some work with a lab, prints its result `{ ok, … }`, and sets the exit status by `ok`. */
export async function withLab(work) {
  if (process.getuid() !== 0) throw new Error('only root may make network namespaces');
  const lab = await Lab.create();
  const stop = () => void lab.remove().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const result = await work(lab);
    console.log(inspect(result, { depth: null, breakLength: 120 }));
    process.exitCode = result.ok ? 0 : 1;
  } finally {
    await lab.remove();
  }
}

/** Returns a process's memory in MiB, and the numbers of its open descriptors and archives. */
export function holdings(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  return {
    rssMib: Number(mib('Rss').toFixed(1)),
    pssMib: Number(mib('Pss').toFixed(1)),
    openFds: targets.length,
    openArchives: targets.filter((path) => path.endsWith('.jsonl.zst')).length,
  };
}
