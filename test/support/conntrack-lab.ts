import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { createNamespacePair, haveNamespaces, type Namespace, type NamespacePair } from './namespaces.js';
import { Peer } from './peer.js';
import { havePrograms, skipped } from './programs.js';

const RULES_PROGRAM = join(import.meta.dirname, 'tracking.py');
const DATAGRAMS_PROGRAM = join(import.meta.dirname, 'datagrams.py');

interface Packets {
  readonly protocol: 'tcp' | 'udp';
  /** Destination port of the packets. */
  readonly port: number;
}

/** Rule of nf_tables in a namespace. `track` switches connection tracking on, for IPv4 and IPv6. */
export type TrackingRule =
  | { readonly kind: 'track' }
  | (Packets & {
      readonly kind: 'dnat';
      readonly hook: 'prerouting' | 'output';
      readonly address: string;
      readonly toPort?: number;
    })
  | (Packets & {
      readonly kind: 'snat';
      readonly hook: 'postrouting' | 'input';
      readonly address: string;
      readonly toPort?: number;
    })
  | (Packets & { readonly kind: 'redirect'; readonly hook: 'prerouting' | 'output'; readonly toPort: number })
  | (Packets & { readonly kind: 'zone'; readonly hook: 'prerouting' | 'output'; readonly zone: number });

/** Adds rules to those of a namespace, directly over netlink. @throws when the kernel refuses one */
export function addRules(namespace: Namespace, ...rules: readonly TrackingRule[]): void {
  namespace.run('python3', RULES_PROGRAM, JSON.stringify(rules));
}

/** Settings of connection tracking in a namespace. Flows that exist already keep theirs. */
export interface TrackingSettings {
  /** Packets and bytes are counted. */
  readonly isCounting?: boolean;
  /** Times of start and end are kept. */
  readonly isTimed?: boolean;
  /** 0: no events; 1: always; 2 (default of the kernel): of flows that were made while a program listened. */
  readonly events?: 0 | 1 | 2;
}

/** Changes settings of a namespace. */
export function setTracking(namespace: Namespace, { isCounting, isTimed, events }: TrackingSettings): void {
  const write = (name: string, value: number): void => namespace.set(`net/netfilter/nf_conntrack_${name}`, value);
  if (isCounting !== undefined) write('acct', Number(isCounting));
  if (isTimed !== undefined) write('timestamp', Number(isTimed));
  if (events !== undefined) write('events', events);
}

/** Returns true if a {@link ConntrackLab} can be set up here; else reports on stderr what is skipped. */
export function haveConntrackLab(what: string): boolean {
  if (!haveNamespaces(what) || !havePrograms(what, 'python3')) return false;
  const pair = createNamespacePair();
  try {
    addRules(pair.near, { kind: 'track' });
    return true;
  } catch (error) {
    skipped(what, `connection tracking cannot be switched on: ${String(error)}`);
    return false;
  } finally {
    pair.remove();
  }
}

/** Timeouts of states that a flow leaves soon. */
const SHORT_TIMEOUTS = ['udp_timeout', 'icmp_timeout', 'tcp_timeout_close', 'tcp_timeout_time_wait'];
const TIMEOUT_SECONDS = 3600;

/** Datagrams of {@link sendDatagrams}. */
export interface Datagrams {
  readonly address: string;
  readonly port: number;
  readonly count: number;
  /** Source port of the first; each has the next one. Default: 20000. */
  readonly firstPort?: number;
}

/**
 * Sends one datagram from each of many ports, to a port that reads and does not answer: with tracking, each is a new
 * flow and exactly one event.
 */
export function sendDatagrams(namespace: Namespace, { address, port, count, firstPort = 20_000 }: Datagrams): void {
  namespace.run('python3', DATAGRAMS_PROGRAM, address, String(port), String(count), String(firstPort));
}

/** Two namespaces with a traffic generator in each. The near one tracks connections, the far one does not. */
export class ConntrackLab {
  readonly #pair: NamespacePair;
  readonly #files: number[] = [];
  #peers: readonly [Peer, Peer] | undefined;
  readonly near: Namespace;
  readonly far: Namespace;

  constructor() {
    this.#pair = createNamespacePair();
    this.near = this.#pair.near;
    this.far = this.#pair.far;
    try {
      addRules(this.near, { kind: 'track' });
      // No flow ends by itself while a slow test runs.
      for (const name of SHORT_TIMEOUTS) this.near.set(`net/netfilter/nf_conntrack_${name}`, TIMEOUT_SECONDS);
    } catch (error) {
      this.#pair.remove();
      throw error;
    }
  }

  /** Traffic generator in the near namespace, started at its first use. */
  get nearPeer(): Peer {
    return this.#startPeers()[0];
  }

  /** Traffic generator in the far namespace. */
  get farPeer(): Peer {
    return this.#startPeers()[1];
  }

  /** Opens a namespace's file, which the lab closes. */
  open({ name }: Namespace): number {
    const file = openSync(`/run/netns/${name}`, 'r');
    this.#files.push(file);
    return file;
  }

  /** Calls {@link sendDatagrams}. */
  sendDatagrams(namespace: Namespace, datagrams: Datagrams): void {
    sendDatagrams(namespace, datagrams);
  }

  /** Ends all processes, and removes everything that was created. */
  async remove(): Promise<void> {
    await Promise.all((this.#peers ?? []).map((peer) => peer.stop()));
    for (const file of this.#files) closeSync(file);
    this.#pair.remove();
  }

  #startPeers(): readonly [Peer, Peer] {
    this.#peers ??= [new Peer(this.near), new Peer(this.far)];
    return this.#peers;
  }
}

/** A test with its own {@link ConntrackLab}, which is removed however the test ends. */
export const it = test.extend<{ readonly lab: ConntrackLab }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  lab: async ({}, use) => {
    const lab = new ConntrackLab();
    try {
      await use(lab);
    } finally {
      await lab.remove();
    }
  },
});
