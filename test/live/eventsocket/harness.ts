import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { ChangeReason, type Connection } from '../../../cache/index.js';
import { EventServer, type EventServerOptions } from '../../../live/eventsocket/index.js';
import { createMetrics, type Metrics, renderMetrics } from '../../../metrics/index.js';

/** Creates a directory with a path short enough for a socket. */
export function makeDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ev-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Waits until the condition holds; fails after a time that is never needed. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`waited in vain until ${what}`);
    }
    await sleep(2);
  }
}

/** Provides servers, sockets and a folder for each test of a file; they are closed and removed after the test. */
export function useServers() {
  const servers: EventServer[] = [];
  const sockets: Socket[] = [];
  let directory: ReturnType<typeof makeDirectory>;
  beforeEach(() => {
    directory = makeDirectory();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      socket.destroy();
    }
    await Promise.all(servers.splice(0).map((server) => server.close(0)));
    directory.remove();
  });
  return { servers, sockets, socketPath: () => join(directory.path, 'events.sock') };
}

/** Returns the `n`th connection of a test: IPv4, with cookie `n`. */
export function makeConnection(n: number, family = 2): Connection {
  const src = new Uint8Array(16);
  src.set([10, 88, 0, 1]);
  const dst = new Uint8Array(16);
  dst.set([10, 88, (n >> 8) & 0xff, n & 0xff]);
  const cookie = BigInt(n);
  return {
    cookie,
    uuid: uuidOf(n),
    family,
    id: { sport: 5001, dport: n & 0xffff, src, dst, interface: 0, cookie },
    startTime: '2026-11-20T23:28:03.06902869Z',
    firstSeen: 'scan',
    slots: [],
    provenance: { scan: 1, unchangedUntil: undefined, reason: ChangeReason.PreviousWasNil },
    last: { timestamp: '2026-11-20T23:28:03.06902869Z' },
  };
}

export function uuidOf(n: number): string {
  return `host.example.com_1552945174_${n.toString(16).toUpperCase().padStart(16, '0')}`;
}

/** Returns the `n`th connection with a `tcp_info`. */
export function makeConnectionWith(n: number, tcpInfo: Uint8Array): Connection {
  const connection = makeConnection(n);
  connection.last = { timestamp: connection.startTime, attributes: [null, null, tcpInfo] };
  return connection;
}

/** Creates a server with its own metrics. */
export function makeServer(options: Partial<EventServerOptions> = {}): { server: EventServer; metrics: Metrics } {
  const metrics = createMetrics({ version: '1', processMetrics: false });
  return { server: new EventServer({ metrics, ...options }), metrics };
}

/** Returns the value of a metric line, NaN without such a line. */
export async function metricOf(metrics: Metrics, sample: string): Promise<number> {
  const line = (await renderMetrics(metrics.registry)).split('\n').find((text) => text.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1));
}

/** A client that keeps everything it reads. */
export interface Reader {
  readonly socket: Socket;
  text(): string;
  /** Returns the end of the text, without joining all of it. */
  tail(): string;
  ended(): boolean;
}

/** Connects a reader. */
export function connectReader(path: string): Reader {
  const parts: Buffer[] = [];
  let ended = false;
  const socket = connect({ path });
  socket.on('data', (part) => parts.push(part));
  socket.on('error', () => {});
  socket.on('close', () => {
    ended = true;
  });
  const text = (from: number) => Buffer.concat(parts.slice(from)).toString();
  return { socket, text: () => text(0), tail: () => text(-2), ended: () => ended };
}
