import { decodeInetDiagMsg, INET_DIAG_MSG_SIZE, type InetDiagMsg, readDport, readSport } from '../../inetdiag/index.js';
import {
  type DestroyListenerOptions,
  listenToDestroyed,
  type OneNamespace,
  SockDiagError,
} from '../../inetdiag/kernel/index.js';
import type { MessageBatch, MessageListener, NetlinkAddon } from '../../native/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import type { HttpConnection, PortRange } from '../index.js';
import { assembleEndedFilter } from './ended-filter.js';
import { connectionIn, endsIn, keyOfEnds } from './socket-message.js';

/** Time for which an ended socket is known. */
const KEPT_MS = 60_000;
/** Most ends of sockets that are known: some 5 MB. */
const MAX_KEPT = 16_384;
/** Most sockets with the same ends that are known: ends are used again within a minute only if a program insists. */
const MAX_SAME = 4;
/** Most sockets to forget whose end was not reported yet. */
const MAX_FORGOTTEN = 4096;
/** Least time between two readings of events, nanoseconds: at most so many batches a second. */
const GATHER_NS = 1e6;
const PORTS = 65_536;
const NS_PER_MS = 1e6;

/** A socket that is gone. */
export interface EndedSocket {
  readonly connection: HttpConnection;
  /** When its end was reported, milliseconds since 1970. */
  readonly endedMs: number;
}

/** Options of {@link EndedSockets}. */
export interface EndedSocketsOptions {
  /** Prefix of UUIDs. */
  readonly uuidPrefix: string;
  /** Default: that of this process. */
  readonly namespace?: OneNamespace;
  /** Ports whose sockets are known: those of servers, at either end of the socket; null for all. */
  readonly ports: readonly PortRange[] | null;
  /** True if ports may be added: then the kernel reports the ends of all sockets, and those of others are skipped here. */
  readonly mayWantMore: boolean;
  /** Called with the end of each socket. Returns true if its flow waited for it: then it is not kept. */
  readonly onEnded: (key: string, socket: EndedSocket) => boolean;
  /** Called once when ends of sockets were lost, or none is reported any longer. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Sockets that ended within the last minute, by their ends: the kernel reports each, with its last counters. A packet may
 * be read only after its socket is gone.
 */
export class EndedSockets {
  readonly #options: EndedSocketsOptions;
  /** A map keeps the order of insertion, the earliest end first. */
  readonly #byEnds = new Map<string, EndedSocket[]>();
  /** UUIDs of sockets to forget whose end was not reported yet, the oldest first. */
  readonly #forgotten = new Set<string>();
  readonly #listener: MessageListener;
  /** Ports whose sockets are known; null for all. */
  readonly #ports: Uint8Array | null;
  #isTroubled = false;
  /** Ends that the kernel could not report. */
  lost = 0;

  /**
   * Starts to listen.
   * @param addon replaced in tests
   * @throws NamespaceError, SockDiagError, AddonError
   */
  constructor(options: EndedSocketsOptions, addon: Pick<NetlinkAddon, 'MessageListener'>) {
    this.#options = options;
    const { namespace, ports, mayWantMore } = options;
    this.#ports = ports === null ? null : portMap(ports);
    const listening: DestroyListenerOptions = {
      gatherNs: GATHER_NS,
      ...(ports === null || mayWantMore ? {} : { filter: assembleEndedFilter(ports) }),
      ...(namespace === undefined ? {} : { namespace }),
    };
    this.#listener = listenToDestroyed(listening, (batch) => this.#read(batch), addon);
  }

  /**
   * Takes out the first socket with these ends that ended at or after a time. Returns its connection; undefined if none
   * is known.
   * @param sinceMs milliseconds since 1970
   */
  take(key: string, sinceMs: number): HttpConnection | undefined {
    return this.#takeOut(key, ({ endedMs }) => endedMs >= sinceMs);
  }

  /** Forgets a socket whose flow is known, also if its end is reported only later: a later flow may have these ends. */
  forget(key: string, uuid: string): void {
    if (this.#takeOut(key, ({ connection }) => connection.uuid === uuid) !== undefined) return;
    this.#forgotten.add(uuid);
    const [oldest] = this.#forgotten;
    if (this.#forgotten.size > MAX_FORGOTTEN && oldest !== undefined) this.#forgotten.delete(oldest);
  }

  /** Adds a port whose sockets are known. */
  want(port: number): void {
    this.#ports?.fill(1, port, port + 1);
  }

  /** Ends listening. */
  async close(): Promise<void> {
    await this.#listener.close();
  }

  #takeOut(key: string, isMeant: (socket: EndedSocket) => boolean): HttpConnection | undefined {
    const sockets = this.#byEnds.get(key);
    if (sockets === undefined) return undefined;
    const at = sockets.findIndex(isMeant);
    if (at < 0) return undefined;
    if (sockets.length === 1) this.#byEnds.delete(key);
    return sockets.splice(at, 1)[0]?.connection;
  }

  #read({ data, messages, receivedNs, receiveEnds, lost, overruns, broken, failure }: MessageBatch): void {
    let receive = 0;
    for (let i = 0; i + 1 < messages.length; i += 2) {
      while (receive + 1 < receiveEnds.length && i >> 1 >= (receiveEnds[receive] ?? 0)) receive++;
      const from = (messages[i] ?? 0) + NLMSG_HDRLEN;
      const message = data.subarray(from, from + (messages[i + 1] ?? 0) - NLMSG_HDRLEN);
      if (message.length < INET_DIAG_MSG_SIZE) this.lost++;
      else if (this.#isWanted(message))
        this.#end(message, decodeInetDiagMsg(message), Number(receivedNs[receive] ?? 0n) / NS_PER_MS);
    }
    this.lost += lost + broken;
    if (failure !== undefined) this.#report(`${failure.op}: ${failure.code}`);
    else if (lost + overruns + broken > 0) this.#report('the kernel could not report all of them');
  }

  #isWanted(message: Uint8Array): boolean {
    const ports = this.#ports;
    if (ports === null) return true;
    return ports[readSport(message)] === 1 || ports[readDport(message)] === 1;
  }

  #end(message: Uint8Array, header: InetDiagMsg, endedMs: number): void {
    const connection = connectionIn(message, header.id.cookie, this.#options.uuidPrefix);
    // One that listened has no other end, and one that was never connected no counters.
    if (connection === undefined || header.id.dport === 0) return;
    const key = keyOfEnds(endsIn(header));
    if (this.#forgotten.delete(connection.uuid)) return;
    const ended = { connection, endedMs };
    if (this.#options.onEnded(key, ended)) return;
    const same = this.#byEnds.get(key) ?? [];
    same.push(ended);
    if (same.length > MAX_SAME) same.shift();
    this.#byEnds.delete(key);
    this.#byEnds.set(key, same);
    for (const [oldest, sockets] of this.#byEnds) {
      const lastMs = sockets.at(-1)?.endedMs ?? 0;
      if (endedMs - lastMs < KEPT_MS && this.#byEnds.size <= MAX_KEPT) break;
      this.#byEnds.delete(oldest);
    }
  }

  #report(reason: string): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    const message = `follow ends of sockets: ${reason}; short connections may have no UUID`;
    this.#options.onTrouble(new SockDiagError(message, 'ERR_KERNEL', 0));
  }
}

function portMap(ranges: readonly PortRange[]): Uint8Array {
  const map = new Uint8Array(PORTS);
  for (const { first, last } of ranges) map.fill(1, first, last + 1);
  return map;
}
