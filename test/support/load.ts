import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { METRICS_PORT } from './daemon.js';
import { haveLab, type Lab } from './lab.js';
import type { Namespace } from './namespaces.js';
import { havePrograms } from './programs.js';
import { Running } from './running.js';
import { until } from './waiting.js';

const BENCH = resolve(import.meta.dirname, '../../bench');

/** Counts of one side of one connection. */
export interface LoadCount {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  /** Bytes accepted by the kernel. */
  readonly sent: number;
  /** Bytes delivered by the kernel. */
  readonly received: number;
}

/** Final report of a generator. */
export interface LoadTotals {
  readonly connections: number;
  readonly failed: number;
  readonly sent: number;
  readonly received: number;
  /** For a server of short connections: number of those with other bytes than the client's. */
  readonly wrong?: number;
  /** For a client of short connections: duration of the load. */
  readonly seconds?: number;
}

/** Findings of the verifier; see bench/verify.mjs. */
export interface Verdict {
  readonly ok: boolean;
  readonly archives: number;
  readonly connections: number;
  readonly expected: number;
  readonly right: number;
  readonly wrong: number;
  readonly missing: number;
  readonly leftOver: number;
  readonly examples: readonly unknown[];
}

type LoadMode = 'churn' | 'churn-server' | 'hold' | 'hold-server';
type LoadOptions = Readonly<Record<string, string | number>>;

/** Returns true if load can be generated here; else reports on stderr what is skipped. */
export function haveLoad(what: string): boolean {
  return haveLab(what) && havePrograms(what, 'g++');
}

/** Returns the path of the load generator, and builds it if necessary. */
function loadProgram(): string {
  return execFileSync(process.execPath, [join(BENCH, 'load', 'build.mjs')], { encoding: 'utf8' }).trim();
}

/** One running side of the load generator; see bench/load/main.cc. */
export class Load implements AsyncDisposable {
  readonly #running: Running;

  private constructor(running: Running) {
    this.#running = running;
  }

  /** Starts the generator in a namespace. */
  static start(namespace: Namespace, mode: LoadMode, options: LoadOptions): Load {
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    return new Load(Running.inside(namespace, loadProgram(), mode, ...args));
  }

  /** Waits until the server listens, or until all held connections are established. */
  async ready(): Promise<void> {
    await until('load generator', () => this.#running.output.includes('ready\n'));
  }

  /** Waits for the end of the generator. @throws when a connection failed */
  async totals(deadlineMs?: number): Promise<LoadTotals> {
    return this.#report(await this.#running.ended(deadlineMs));
  }

  /** Ends the generator in order. @throws when a connection failed */
  async stop(): Promise<LoadTotals> {
    return this.#report(await this.#running.stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }

  #report(code: number | null): LoadTotals {
    const { output } = this.#running;
    const line = output.split('\n').find((each) => each.startsWith('{'));
    if (code !== 0 || line === undefined) throw new Error(`load generator ended with ${code}: ${output}`);
    return JSON.parse(line) as LoadTotals;
  }
}

/** Makes room for many successive connections: ports, and listen queues. */
export function widen({ near, far }: Lab): void {
  for (const namespace of [near, far]) {
    namespace.run('sh', '-c', 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range');
    // Else a connection may have the port of the collector's metrics before it starts.
    namespace.set('net/ipv4/ip_local_reserved_ports', METRICS_PORT);
    namespace.set('net/core/somaxconn', 65_535);
  }
}

/** Reads the counts of one side, per connection. */
export function readCounts(path: string): LoadCount[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LoadCount);
}

/** Writes the counts expected on the other side if every byte arrived; returns the path. */
export function writeTurned(path: string): string {
  const turned = readCounts(path).map(
    ({ src, sport, dst, dport, sent, received }): LoadCount => ({
      src: dst,
      sport: dport,
      dst: src,
      dport: sport,
      sent: received,
      received: sent,
    }),
  );
  const other = `${path}.turned`;
  writeFileSync(other, turned.map((count) => `${JSON.stringify(count)}\n`).join(''));
  return other;
}

/** Compares archives with the counts of the generator on the daemon's side. */
export function verifyArchives(output: string, counts: string): Verdict {
  const args = [join(BENCH, 'verify.mjs'), output, counts];
  try {
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Verdict;
  } catch (error) {
    // The verifier also prints its findings when it fails.
    const { stdout } = error as { readonly stdout?: string };
    if (stdout === undefined || stdout === '') throw error;
    return JSON.parse(stdout) as Verdict;
  }
}
