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

/** Returns true if a {@link Lab} can be set up here; else reports on stderr what is skipped. */
export function haveLab(what: string): boolean {
  return haveNamespaces(what) && havePrograms(what, 'zstd');
}

/** The two sides of one connection. */
export interface Ends {
  readonly near: PeerConnection;
  readonly far: PeerConnection;
}

/** Two namespaces with a traffic generator in each, and a folder. Daemons run in the near namespace. */
export class Lab {
  readonly #pair: NamespacePair;
  readonly #daemons: DaemonProcess[] = [];
  readonly #readers: EventReader[] = [];
  /** The daemon's namespace. */
  readonly near: Namespace;
  /** The other namespace. */
  readonly far: Namespace;
  readonly silentIpv4: string;
  readonly nearPeer: Peer;
  readonly farPeer: Peer;
  /** A folder of this lab. */
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

  /** Path of the daemon's event socket. */
  get eventSocket(): string {
    return join(this.folder, 'events.sock');
  }

  /** Starts a daemon with an event socket and a fixed UUID prefix, by default with its own output folder. */
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

  /** Ends the daemons early, for steps that come after them but before {@link remove}. */
  async abandonDaemons(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.abandon();
  }

  /** Connects to the daemon's event socket. Events after this has resolved are received. */
  async readEvents(): Promise<EventReader> {
    const reader = await EventReader.connect(this.eventSocket);
    this.#readers.push(reader);
    // A connect succeeds when it is queued, but the daemon sends only to accepted clients. The name of its socket is
    // the path it was bound to, in the same folder.
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

  /** Waits until both sides have acknowledged everything. */
  async acknowledged(): Promise<void> {
    for (const namespace of [this.near, this.far]) {
      await until('acknowledgements', () => {
        const sockets = namespace.run('ss', '-Htin', 'state', 'established');
        // Columns 1 and 2 are the receive and send queues.
        const queued = sockets.split('\n').some((line) => /^\d+\s+[1-9]/.test(line.trim()));
        return !queued && !/ unacked:| notsent:/.test(sockets);
      });
    }
  }

  /** Ends all processes, and removes everything that was created. */
  async remove(): Promise<void> {
    for (const reader of this.#readers) reader.stop();
    await this.abandonDaemons();
    await Promise.all([this.nearPeer.stop(), this.farPeer.stop()]);
    this.#pair.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A test with its own {@link Lab}, which is removed however the test ends. */
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
