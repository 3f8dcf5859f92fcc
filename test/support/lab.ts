import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { type DaemonOptions, DaemonProcess } from './daemon.js';
import { EventReader } from './events.js';
import { createNamespacePair, haveNamespaces, type Namespace, type NamespacePair } from './namespaces.js';
import { Peer, type PeerConnection } from './peer.js';
import { havePrograms } from './programs.js';
import { until } from './waiting.js';

/** Prefix of every UUID in a lab. */
export const UUID_PREFIX = 'lab.example_1700000000';

/** Whether a {@link Lab} can be set up here; says on stderr what is skipped when not. */
export function haveLab(what: string): boolean {
  return haveNamespaces(what) && havePrograms(what, 'zstd');
}

/** The two ends of one connection. */
export interface Ends {
  readonly near: PeerConnection;
  readonly far: PeerConnection;
}

/** Two namespaces, somebody in each who makes traffic, and a folder. Daemons run in the near one. */
export class Lab {
  readonly #pair: NamespacePair;
  readonly #daemons: DaemonProcess[] = [];
  readonly #readers: EventReader[] = [];
  /** The daemon's end. */
  readonly near: Namespace;
  /** The other end. */
  readonly far: Namespace;
  readonly silentIpv4: string;
  readonly nearPeer: Peer;
  readonly farPeer: Peer;
  /** A folder of the lab's own. */
  readonly folder: string;
  #runs = 0;

  constructor() {
    this.#pair = createNamespacePair();
    this.near = this.#pair.near;
    this.far = this.#pair.far;
    this.silentIpv4 = this.#pair.silentIpv4;
    this.nearPeer = new Peer(this.near);
    this.farPeer = new Peer(this.far);
    this.folder = mkdtempSync(join(tmpdir(), 'tcp-info-lab-'));
    writeFileSync(join(this.folder, 'prefix'), UUID_PREFIX);
  }

  /** The daemon's event socket. */
  get eventSocket(): string {
    return join(this.folder, 'events.sock');
  }

  /** Starts a daemon with an event socket and a fixed UUID prefix, by default with an output folder of its own. */
  async startDaemon(options: Partial<DaemonOptions> & { readonly ready?: boolean } = {}): Promise<DaemonProcess> {
    const daemon = DaemonProcess.spawn({
      namespace: this.near,
      scraper: this.nearPeer,
      output: join(this.folder, `output-${++this.#runs}`),
      ...options,
      args: [
        `-uuid-prefix-file=${join(this.folder, 'prefix')}`,
        `-tcpinfo.eventsocket=${this.eventSocket}`,
        ...(options.args ?? []),
      ],
    });
    this.#daemons.push(daemon);
    if (options.ready ?? true) await daemon.ready();
    return daemon;
  }

  /** Ends the daemons now, for what has to be done after them but before {@link remove}. */
  async abandonDaemons(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.abandon();
  }

  /** Reads the daemon's event socket from now on: what happens after this has resolved is heard. */
  async readEvents(): Promise<EventReader> {
    const reader = await EventReader.connect(this.eventSocket);
    this.#readers.push(reader);
    // A connect succeeds once it is queued, and the daemon tells only those whom it has accepted. Its socket's name is the
    // one that it was bound to, in the same folder.
    await until('the daemon to accept', () => {
      const listeners = this.near.run('ss', '-Hxln').split('\n');
      const [, , waiting] =
        listeners
          .find((line) => line.includes(this.folder))
          ?.trim()
          .split(/\s+/) ?? [];
      return waiting === '0';
    });
    return reader;
  }

  /** Connects from far to a listener of the near peer. */
  async connectIn(port: number, host: string = this.near.ipv4): Promise<Ends> {
    const far = await this.farPeer.connect({ host, port });
    return { far, near: await this.nearPeer.accepted(port, far.localPort) };
  }

  /** Connects from near to a listener of the far peer. */
  async connectOut(port: number, host: string = this.far.ipv4): Promise<Ends> {
    const near = await this.nearPeer.connect({ host, port });
    return { near, far: await this.farPeer.accepted(port, near.localPort) };
  }

  /** Waits until all that either end has sent is acknowledged. */
  async acknowledged(): Promise<void> {
    for (const namespace of [this.near, this.far]) {
      await until('acknowledgements', () => {
        const sockets = namespace.run('ss', '-Htin', 'state', 'established');
        // Column 1 and 2 are the receive and send queues.
        const queued = sockets.split('\n').some((line) => /^\d+\s+[1-9]/.test(line.trim()));
        return !queued && !/ unacked:| notsent:/.test(sockets);
      });
    }
  }

  /** Ends everything that was started, and removes everything that was made. */
  async remove(): Promise<void> {
    for (const reader of this.#readers) reader.stop();
    await this.abandonDaemons();
    await Promise.all([this.nearPeer.stop(), this.farPeer.stop()]);
    this.#pair.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A test that has a {@link Lab} of its own, which is removed however the test ends. */
export const it = test.extend<{ readonly lab: Lab }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  lab: async ({}, use) => {
    const lab = new Lab();
    try {
      await use(lab);
    } finally {
      await lab.remove();
    }
  },
});
