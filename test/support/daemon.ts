import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from './namespaces.js';
import type { Peer } from './peer.js';
import { programEnvironment } from './program-environment.js';
import { until, within } from './waiting.js';

/** Folder of the built programs. */
export const DIST = resolve(import.meta.dirname, '../../dist');
/** Path of the daemon. */
export const DAEMON = join(DIST, 'cmd', 'tcp-info', 'main.js');

/** Exit code and signal of a process. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Options of {@link DaemonProcess}. */
export interface DaemonOptions {
  readonly namespace: Namespace;
  /** Peer in the daemon's namespace that fetches its pages over loopback, which is not recorded. */
  readonly scraper: Peer;
  /** Folder of archives; empty: the flag is not given. */
  readonly output: string;
  /** Further flags. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs the daemon, and its arguments. */
  readonly wrapper?: readonly string[];
}

export const METRICS_PORT = 7070;

/** Throws with instructions if the programs are not built. */
export function requireBuilt(): void {
  if (!existsSync(DAEMON)) throw new Error(`${DAEMON} is not there: run \`npm run build\` first`);
}

/** The daemon in a namespace, run as by its users. */
export class DaemonProcess {
  readonly output: string;
  readonly #child: ChildProcess;
  readonly #scraper: Peer;
  readonly #exited: Promise<Exit>;
  #exit: Exit | undefined;
  #log = '';

  private constructor(options: DaemonOptions) {
    requireBuilt();
    const { namespace, scraper, output, args = [], env = {}, wrapper = [] } = options;
    this.output = output;
    this.#scraper = scraper;
    const flags = [...(output === '' ? [] : [`-output=${output}`]), `-prom=${METRICS_PORT}`, ...args];
    const [program = '', ...rest] = [...wrapper, process.execPath, DAEMON, ...flags];
    const [file, argv] = namespace.command(program, ...rest);
    this.#child = spawn(file, argv, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...programEnvironment(), ...env },
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /** Starts the daemon without waiting: see {@link ready}. */
  static spawn(options: DaemonOptions): DaemonProcess {
    return new DaemonProcess(options);
  }

  /** Starts the daemon, and waits for its first scan. */
  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const daemon = new DaemonProcess(options);
    await daemon.ready();
    return daemon;
  }

  /** The daemon's stderr so far. */
  get log(): string {
    return this.#log;
  }

  /** Process id of the daemon, or of the wrapper's child if the wrapper does not exec the daemon. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('daemon was not started');
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return child === undefined || child === '' ? pid : Number(child);
  }

  /** Waits for the first scan. */
  async ready(): Promise<void> {
    await until('first scan', () => {
      if (this.#exit !== undefined) throw new Error(`daemon ended with ${JSON.stringify(this.#exit)}: ${this.#log}`);
      return this.#log.includes('msg="first scan"');
    });
  }

  /** Waits for a log line that matches. */
  async logged(pattern: RegExp): Promise<void> {
    await until(`log line ${pattern}`, () => pattern.test(this.#log));
  }

  /** Waits for a scan that began after this call, and so has seen everything before it. */
  async scanned(): Promise<void> {
    const lastEnd = async (): Promise<number> => await this.metric('tcpinfo_scan_last_success_timestamp_seconds');
    const calledAt = Date.now() / 1000;
    // The first scan that ended after the call may have begun before it; the next one did not.
    const first = await until('a scan', async () => after(await lastEnd(), calledAt));
    await until('another scan', async () => after(await lastEnd(), first));
  }

  /** Returns the metrics page. */
  async scrape(): Promise<string> {
    return (await this.#scraper.get(`http://127.0.0.1:${METRICS_PORT}/metrics`)).body;
  }

  /** Returns the value of one sample, e.g. `tcpinfo_scans_total{result="complete"}`. */
  async metric(sample: string): Promise<number> {
    const line = (await this.scrape()).split('\n').find((each) => each.startsWith(`${sample} `));
    if (line === undefined) throw new Error(`no sample ${sample}`);
    return Number(line.slice(sample.length + 1));
  }

  /** Returns the archives that it has open. */
  openArchives(): string[] {
    const folder = `/proc/${this.pid}/fd`;
    return readdirSync(folder)
      .map((fd) => {
        try {
          return readlinkSync(join(folder, fd));
        } catch {
          return ''; // closed meanwhile
        }
      })
      .filter((path) => path.endsWith('.jsonl.zst'));
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Waits for the exit. */
  async exited(deadlineMs?: number): Promise<Exit> {
    return await within('end of the daemon', this.#exited, deadlineMs);
  }

  /** Ends it in order, and waits for the exit. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    if (this.#exit === undefined) this.kill(signal);
    return await this.exited();
  }

  /** Ends it by any means if it still runs. */
  async abandon(): Promise<void> {
    if (this.#exit !== undefined) return;
    try {
      this.kill('SIGKILL');
    } catch {
      // It has already ended.
    }
    await Promise.race([this.#exited, sleep(1000)]);
    // A wrapper ends with its child, or is killed now.
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

function after(time: number, earlier: number): number | undefined {
  return time > earlier ? time : undefined;
}

/** Returns a field of the daemon's last `status` line, e.g. `records`. */
export function lastStatus(log: string, field: string): number {
  return numberIn(
    log.split('\n').findLast((each) => each.includes('msg=status')),
    field,
  );
}

/** Returns a field of the daemon's final log line, e.g. `lost`. */
export function atStop(log: string, field: string): number {
  const line = log.trimEnd().split('\n').at(-1);
  if (line?.includes(' msg=stopped ') !== true) throw new Error(`the last line does not say stopped: ${line}`);
  return numberIn(line, field);
}

function numberIn(line: string | undefined, field: string): number {
  const [, value] = new RegExp(` ${field}=(\\d+)(?: |$)`).exec(line ?? '') ?? [];
  if (value === undefined) throw new Error(`no ${field} in the log line: ${line}`);
  return Number(value);
}
