import { describeTarget } from '../../host/namespaces/index.js';
import { netlink } from '../../native/index.js';
import type { CountedExchange, HttpCounts, HttpExchange, HttpTraffic, OpenRequests } from '../index.js';
import { HttpTap } from '../index.js';
import { createCursor, type PacketCursor, walkBlock } from '../packet/index.js';
import { type HttpJoinOptions, JoinSession } from './join-session.js';
import {
  type CaptureAddon,
  type PacketCounts,
  type PacketReceiver,
  PacketTap,
  type PacketTapOptions,
} from './packet-tap.js';
import type { JoinCounts, SocketJoin } from './socket-join.js';

/** Options of {@link HttpCapture}. */
export interface HttpCaptureOptions extends PacketTapOptions {
  /** Receives each exchange as soon as all of it that will be known is known. */
  readonly onExchange: (exchange: HttpExchange) => void;
  /** Receives what totals need of each, in place of {@link onExchange}. Valid until it returns. */
  readonly onCounted?: (exchange: CountedExchange) => void;
  /** The capture has failed: nothing follows. */
  readonly onFailure: (error: unknown) => void;
  /**
   * Names of interfaces, own addresses or ends of sockets cannot be followed any longer, or not all of them; what is
   * known stays.
   */
  readonly onStale?: (error: unknown) => void;
  /** Options of the join of exchanges with sockets; absent: no join, and `connection` is null. */
  readonly join?: HttpJoinOptions;
  /** Names of fields of heads to keep. */
  readonly headers?: readonly string[];
  /** True to keep the query of paths. */
  readonly keepsQuery?: boolean;
  /** Maximum number of connections; the one silent for longest is given up for another. Default: 65,536. */
  readonly maxFlows?: number;
}

/** Time between two looks at the clock while no packet comes, milliseconds. */
const TICK_MS = 250;
const NS_PER_MS = 1_000_000n;
const MAX_SEED = 0x1_0000_0000;

/** HTTP exchanges of one network namespace from its packets, joined with its sockets. */
export class HttpCapture {
  readonly #tap: HttpTap;
  readonly #session: JoinSession | undefined;
  readonly #join: SocketJoin | undefined;
  readonly #cursor = createCursor();
  readonly #packets: PacketTap;
  readonly #isSelective: boolean;
  readonly #timer: NodeJS.Timeout;
  /** Time of the last tick, and whether a block came since. */
  #tickNs = 0n;
  #hasBlock = true;
  #closing: Promise<void> | undefined;

  private constructor(packets: PacketTap, options: HttpCaptureOptions, session: JoinSession | undefined) {
    const { onExchange, onCounted, ports, headers, keepsQuery, maxFlows, namespace } = options;
    this.#packets = packets;
    this.#isSelective = options.interfaces !== undefined;
    this.#session = session;
    this.#join = session?.join;
    this.#tap = new HttpTap({
      ports,
      onExchange: this.#join?.deliver ?? onExchange,
      isOwn: packets.isOwn,
      interfaceName: packets.interfaceName,
      netns: namespace === undefined ? null : describeTarget(namespace),
      seed: Math.floor(Math.random() * MAX_SEED),
      ...(onCounted === undefined ? {} : { onCounted: this.#join?.deliverCounted(onCounted) ?? onCounted }),
      ...(headers === undefined ? {} : { headers }),
      ...(keepsQuery === undefined ? {} : { keepsQuery }),
      ...(maxFlows === undefined ? {} : { maxFlows }),
      ...(this.#join === undefined
        ? {}
        : { onFlow: this.#join.begin, beforeExchange: this.#join.renew, onFlowEnd: this.#join.end }),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /**
   * Starts to capture.
   * @param addon replaced in tests
   * @throws PacketCaptureError, NamespaceError, SockDiagError, ConntrackError, AddonError; RangeError for invalid ports
   */
  static async open(options: HttpCaptureOptions, addon: CaptureAddon = netlink): Promise<HttpCapture> {
    const session = options.join === undefined ? undefined : openJoin(options, options.join, addon);
    try {
      const receive = (tap: PacketTap) => new HttpCapture(tap, options, session).#receiver(options);
      const { capture } = await PacketTap.open(options, receive, addon);
      return capture;
    } catch (error) {
      await session?.close();
      throw error;
    }
  }

  /** Counts of messages and packets that were seen, missed or not readable. */
  get counts(): HttpCounts {
    const { read, dropped, freezes } = this.#packets.counts;
    return { ...this.#tap.counts, packets: { read, dropped }, freezes };
  }

  /** Packets that passed the filter. */
  get packets(): PacketCounts {
    return this.#packets.counts;
  }

  /** Look-ups of sockets; undefined without a join. */
  get joins(): JoinCounts | undefined {
    return this.#join?.counts;
  }

  /** Returns the requests whose answers have not all passed, or are not reported yet; null if no request waits. */
  openRequests(): OpenRequests | null {
    const open = this.#tap.openRequests();
    const held = this.#join?.held ?? null;
    if (held === null) return open;
    const sinceNs = open !== null && open.sinceNs < held.sinceNs ? open.sinceNs : held.sinceNs;
    return { requests: (open?.requests ?? 0) + held.exchanges, sinceNs };
  }

  /** Returns bytes of payload by name of the interface where their connections were first seen. */
  traffic(): ReadonlyMap<string, Readonly<HttpTraffic>> {
    return this.#tap.traffic();
  }

  /** Stops reading: the kernel counts what does not fit. For tests. */
  pause(): void {
    this.#packets.pause();
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#packets.resume();
  }

  /** Ends the capture. Resolves when all that was captured is reported, also exchanges that are not whole. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#packets.close();
    this.#tap.end();
    await this.#session?.close();
  }

  #receiver({ onFailure, onStale }: HttpCaptureOptions): PacketReceiver & { readonly capture: HttpCapture } {
    const visit = (cursor: PacketCursor): void => {
      if (this.#packets.isWanted(cursor.ifindex)) this.#tap.addPacket(cursor);
    };
    return {
      capture: this,
      takeBlock: (block) => {
        this.#hasBlock = true;
        if (this.#join !== undefined) this.#join.nowMs = performance.now();
        if (this.#isSelective) walkBlock(block, this.#cursor, visit);
        else this.#tap.addBlock(block);
      },
      takeLoss: (packets) => this.#tap.lose(packets),
      takeFailure: onFailure,
      takeStale: (error) => onStale?.(error),
    };
  }

  /** Moves the time on while no block comes. Blocks that wait for this thread were made after the last tick. */
  #tick(): void {
    if (!this.#hasBlock) this.#tap.advance(this.#tickNs);
    this.#hasBlock = false;
    this.#tickNs = BigInt(Date.now()) * NS_PER_MS;
  }
}

function openJoin(options: HttpCaptureOptions, join: HttpJoinOptions, addon: CaptureAddon): JoinSession {
  const { namespace, ports, onExchange, onStale } = options;
  return JoinSession.open(
    {
      ...join,
      ports,
      onExchange,
      onTrouble: (error) => onStale?.(error),
      ...(namespace === undefined ? {} : { namespace }),
    },
    addon,
  );
}
