import { createCountedExchange } from './counted-exchange.js';
import type { HttpCounts } from './exchange.js';
import { type Direction, Flow, FlowIdentity, State, Sync } from './flow.js';
import { HeadReader } from './head.js';
import type { HttpTraffic } from './http-flow.js';
import { Messages } from './messages.js';
import {
  ARPHRD_LOOPBACK,
  createCursor,
  FlowTable,
  PACKET_OUTGOING,
  type PacketCursor,
  Reassembler,
  TCPHDR_ACK,
  TCPHDR_FIN,
  TCPHDR_RST,
  TCPHDR_SYN,
  TcpSegment,
  walkBlock,
} from './packet/index.js';
import { Pairing } from './pairing.js';
import { SharedTexts } from './shared-texts.js';
import { Tally } from './tally.js';
import type { HttpTapOptions, PortRange } from './tap-options.js';

/** Requests whose answers have not all passed. */
export interface OpenRequests {
  readonly requests: number;
  /** When the first of them began, in nanoseconds since 1970. */
  readonly sinceNs: bigint;
}

const NS_PER_SECOND = 1e9;
/** Time that bytes may wait for those in front of them. */
const PATIENCE_NS = 1e9;
/** Silence that ends a flow. */
const SILENCE_NS = 60e9;
/** Time that a closed flow is known, so that second sights of its segments begin no other. */
const LINGER_NS = 2e9;
const EXPIRY_NS = 50e6;
/** A segment that is further behind, or ahead, is of another connection with these ends. */
const FARTHEST_BEHIND = 2 ** 26;
const FARTHEST_AHEAD = 2 ** 30;
/** Maximum of bytes that may overtake the SYN before them. */
const LATE_SYN_BYTES = 65_536;
const DEFAULT_MAX_FLOWS = 65_536;
const DEFAULT_HELD_BYTES = 65_536;
const DEFAULT_TOTAL_HELD_BYTES = 2 ** 26;
const DEFAULT_SEED = 0x5bd1e995;

/**
 * Makes exchanges of packets, in the order in which they passed. Does no I/O and reads no clock: time is that of
 * packets, and of {@link advance} while no packets come.
 */
export class HttpTap {
  readonly #options: HttpTapOptions;
  readonly #ports: Uint8Array | null;
  readonly #cursor = createCursor();
  readonly #segment = new TcpSegment();
  readonly #tally = new Tally();
  readonly #texts = new SharedTexts();
  readonly #flows: FlowTable<Flow>;
  readonly #messages: Messages;
  readonly #pairing: Pairing;
  readonly #streams: Reassembler<Direction>;
  readonly #maxFlows: number;
  readonly #traffic = new Map<number, HttpTraffic>();
  readonly #counted = createCountedExchange();
  readonly #visit = (cursor: PacketCursor): void => this.addPacket(cursor);
  /** Closed flows, by when. */
  #closed: Flow[] = [];
  /** Second in which time begins: nanoseconds since then are exact for months. */
  #epoch = -1;
  #epochNs = 0n;
  #epochUs = 0;
  #now = 0;
  #expired = 0;
  /** Times that the kernel stopped capturing; set by the caller, who reads its statistics. */
  freezes = 0;

  constructor(options: HttpTapOptions) {
    this.#options = options;
    this.#ports = options.ports === null ? null : portMap(options.ports);
    this.#maxFlows = options.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.#flows = new FlowTable(options.seed ?? DEFAULT_SEED);
    this.#pairing = new Pairing((flow, draft) => {
      const identity = this.#identify(flow);
      if (identity.side !== 'unknown' && identity.side !== 'forwarded') options.beforeExchange?.(identity);
      if (draft.missing !== null) this.#tally.unpaired[draft.missing]++;
      if (options.onCounted === undefined) {
        options.onExchange(draft.toExchange(identity, this.#epochNs));
        return;
      }
      draft.count(identity, this.#epochUs, this.#counted);
      options.onCounted(this.#counted);
    });
    const head = new HeadReader(options.headers ?? [], options.keepsQuery ?? false);
    this.#messages = new Messages(head, this.#pairing, this.#tally, (flow) => this.#announce(flow));
    this.#streams = new Reassembler<Direction>(this.#messages, {
      heldBytes: options.heldBytes ?? DEFAULT_HELD_BYTES,
      totalHeldBytes: options.totalHeldBytes ?? DEFAULT_TOTAL_HELD_BYTES,
      patience: PATIENCE_NS,
    });
  }

  /** Counts of what was seen, missed and could not be read. */
  get counts(): HttpCounts {
    return this.#tally.counts(this.freezes, this.#flows.size, this.#streams.heldBytes);
  }

  /** Returns bytes of payload by name of the interface where their flows were first seen. */
  traffic(): ReadonlyMap<string, Readonly<HttpTraffic>> {
    return new Map([...this.#traffic].map(([ifindex, traffic]) => [this.#interfaceName(ifindex), { ...traffic }]));
  }

  /** Returns the requests whose answers have not all passed; null if no request waits. */
  openRequests(): OpenRequests | null {
    let requests = 0;
    let first = Number.POSITIVE_INFINITY;
    for (let flow = this.#flows.oldest(); flow !== null; flow = flow.younger as Flow | null) {
      if (flow.closed) continue;
      requests += flow.queueLength;
      if (flow.queueHead !== null) first = Math.min(first, flow.queueHead.requestFirst);
      const answered = flow.responses.current;
      if (answered === null || answered.method === null) continue;
      requests++;
      first = Math.min(first, answered.requestFirst);
    }
    return requests === 0 ? null : { requests, sinceNs: this.#epochNs + BigInt(first) };
  }

  /** Takes a block of the kernel's ring (TPACKET_V3). Nothing of it is kept. */
  addBlock(block: Uint8Array): void {
    this.#tally.unparse('block', walkBlock(block, this.#cursor, this.#visit));
  }

  /** Takes a packet. Nothing of its bytes is kept. */
  addPacket(cursor: PacketCursor): void {
    this.#tally.read++;
    // Loopback shows each packet twice: as it leaves, and as it comes.
    if (cursor.pkttype === PACKET_OUTGOING && cursor.hatype === ARPHRD_LOOPBACK) return;
    const segment = this.#segment;
    const reason = segment.read(cursor);
    if (reason !== null) {
      this.#tally.unparse(reason);
      return;
    }
    const ports = this.#ports;
    if (ports !== null && ports[segment.destinationPort] === 0 && ports[segment.sourcePort] === 0) return;
    const time = this.#timeOf(cursor.seconds, cursor.nanoseconds);
    if (time - this.#expired > EXPIRY_NS) this.#expire(time);
    this.#now = time;
    const hash = this.#flows.hash(segment);
    const flow = this.#flowOf(this.#flows.find(segment, hash), hash, cursor);
    if (flow === null) return;
    // Of a closed flow, this says since when it is.
    if (flow.closed) return;
    flow.lastTime = time;
    this.#flows.touch(flow);
    this.#take(flow, flow.isFromA(segment) ? flow.a : flow.b, cursor, time);
  }

  /** Notes packets that were lost between those before and those to come. */
  lose(packets: number): void {
    if (packets === 0) return;
    this.#tally.dropped += packets;
    this.#streams.lose();
  }

  /** Notes the time, in nanoseconds since 1970, so that what waits in vain ends although no packet comes. */
  advance(nowNs: bigint): void {
    if (this.#epoch < 0) return;
    const time = Number(nowNs - this.#epochNs);
    if (time <= this.#now) return;
    this.#now = time;
    this.#expire(time);
  }

  /** Reports everything that is not whole, at the end of the capture. */
  end(): void {
    for (let flow = this.#flows.oldest(); flow !== null; flow = this.#flows.oldest()) {
      this.#endFlow(flow, 'truncated');
      this.#remove(flow);
    }
    this.#closed = [];
  }

  #take(flow: Flow, direction: Direction, cursor: PacketCursor, time: number): void {
    const segment = this.#segment;
    const { flags, length } = segment;
    const other = direction.other;
    const sequence = (flags & TCPHDR_SYN) !== 0 ? (segment.sequence + 1) | 0 : segment.sequence;
    if (!direction.known) {
      direction.begin(sequence);
      // Without its SYN, and a request before it, bytes before these may have been missed.
      if ((flags & TCPHDR_SYN) === 0 && flow.sync === Sync.certain) this.#pairing.lose(flow, 'gap');
    }
    const isNext = length > 0 && sequence === direction.next;
    if ((flags & TCPHDR_ACK) !== 0) this.#acknowledge(other, segment.acknowledgment, isNext, time);
    const before = direction.next;
    if (direction.state === State.opaque) {
      const end = (sequence + length) | 0;
      if (((end - before) | 0) > 0) direction.next = end;
    } else if (length > 0 && !direction.finished) {
      const captured = segment.offset + segment.captured;
      const { acknowledgment, offset } = segment;
      this.#streams.segment(direction, sequence, length, acknowledgment, cursor.bytes, offset, captured, time);
    }
    const grown = (direction.next - before) | 0;
    if (grown > 0) this.#countTraffic(flow, direction, cursor.pkttype, grown);
    if ((flags & TCPHDR_FIN) !== 0) this.#streams.fin(direction, (sequence + length) | 0, time);
    if ((flags & TCPHDR_RST) !== 0) this.#endFlow(flow, 'truncated');
    if (flow.a.finished && flow.b.finished && !flow.closed) this.#endFlow(flow, 'truncated');
  }

  /** Takes what a segment says of the opposite direction: bytes that the receiver has will not come again. */
  #acknowledge(direction: Direction, acknowledged: number, isNext: boolean, time: number): void {
    if (!direction.known) {
      if (isNext) direction.begin(acknowledged);
      return;
    }
    const ahead = (acknowledged - direction.next) | 0;
    if (ahead <= 0 || ahead > FARTHEST_AHEAD || direction.state === State.opaque || direction.finished) return;
    if (direction.seen || direction.held !== null || direction.finSeen) {
      this.#streams.acknowledge(direction, acknowledged, time);
    } else {
      this.#messages.unseen(direction, acknowledged);
    }
  }

  /** Returns the flow to which a segment belongs: the one found, another with the same ends, or none. */
  #flowOf(found: Flow | null, hash: number, cursor: PacketCursor): Flow | null {
    const segment = this.#segment;
    if ((segment.flags & TCPHDR_SYN) !== 0) {
      if (found !== null) {
        const direction = found.isFromA(segment) ? found.a : found.b;
        // The first SYN of this direction, or the same again, or one that segments behind it have overtaken.
        const ahead = (direction.first - segment.sequence - 1) | 0;
        if (!direction.known || ahead === 0) return found;
        if (ahead > 0 && ahead < LATE_SYN_BYTES) {
          this.#beginLate(direction);
          return found;
        }
        this.#replace(found);
      }
      const flow = this.#createFlow(hash, cursor);
      this.#beginWithSyn(flow);
      return flow;
    }
    if (found !== null) {
      if (segment.length === 0 || !this.#isOther(found)) return found;
      this.#replace(found);
    }
    // Segments without payload have nothing that a flow needs.
    if (segment.length === 0) return null;
    return this.#createFlow(hash, cursor);
  }

  /** Returns whether a segment with payload is of a later connection with the same ends. */
  #isOther(flow: Flow): boolean {
    const segment = this.#segment;
    const direction = flow.isFromA(segment) ? flow.a : flow.b;
    if (!direction.known) return flow.closed;
    const ahead = (segment.sequence - direction.next) | 0;
    if (ahead > FARTHEST_AHEAD || ahead < -FARTHEST_BEHIND) return true;
    return flow.closed && ahead + segment.length > 0;
  }

  /** Takes the SYN of a direction that was seen to begin behind it: what lies between comes late, or was missed. */
  #beginLate(direction: Direction): void {
    const isUntouched = !direction.seen && direction.next === direction.first && direction.held === null;
    if (isUntouched) direction.begin((this.#segment.sequence + 1) | 0);
    else if (direction.flow.sync === Sync.certain) this.#pairing.lose(direction.flow, 'gap');
  }

  #beginWithSyn(flow: Flow): void {
    const segment = this.#segment;
    flow.sync = Sync.certain;
    flow.a.state = State.start;
    flow.b.state = State.start;
    flow.a.begin((segment.sequence + 1) | 0);
    // An answer to a SYN that was not seen.
    if ((segment.flags & TCPHDR_ACK) !== 0) flow.b.begin(segment.acknowledgment);
  }

  #createFlow(hash: number, cursor: PacketCursor): Flow {
    while (this.#flows.size >= this.#maxFlows) this.#evict();
    const flow = new Flow(this.#segment, hash);
    flow.ifindex = cursor.ifindex;
    flow.a.losses = this.#streams.losses;
    flow.b.losses = this.#streams.losses;
    this.#flows.add(flow);
    return flow;
  }

  #evict(): void {
    const closed = this.#closed.shift();
    const flow = closed ?? this.#flows.oldest();
    if (flow === null || flow.removed) return;
    if (!flow.closed) {
      this.#tally.evictedFlows++;
      this.#endFlow(flow, 'overload');
    }
    this.#remove(flow);
  }

  #replace(flow: Flow): void {
    this.#endFlow(flow, 'truncated');
    this.#remove(flow);
  }

  /** Ends a flow, which stays known for a while. */
  #endFlow(flow: Flow, missing: 'truncated' | 'overload'): void {
    if (flow.closed) return;
    const cause = missing === 'overload' ? 'overload' : 'lost';
    this.#streams.giveUp(flow.requests, cause, this.#now);
    this.#streams.giveUp(flow.responses, cause, this.#now);
    this.#messages.endFlow(flow, missing, this.#now);
    this.#streams.drop(flow.a);
    this.#streams.drop(flow.b);
    flow.closed = true;
    flow.lastTime = this.#now;
    this.#closed.push(flow);
    const { identity } = flow;
    flow.identity = null;
    if (identity !== null && identity.side !== 'unknown' && identity.side !== 'forwarded') {
      this.#options.onFlowEnd?.(identity);
    }
  }

  #remove(flow: Flow): void {
    if (flow.removed) return;
    flow.removed = true;
    this.#flows.remove(flow);
  }

  #expire(time: number): void {
    this.#expired = time;
    this.#streams.expire(time);
    this.#pairing.expire(time);
    for (let flow = this.#flows.oldest(); flow !== null; flow = this.#flows.oldest()) {
      if (time - flow.lastTime < SILENCE_NS) break;
      this.#endFlow(flow, 'truncated');
      this.#remove(flow);
    }
    let over = 0;
    while (over < this.#closed.length && time - (this.#closed[over]?.lastTime ?? time) >= LINGER_NS) {
      const flow = this.#closed[over++];
      if (flow !== undefined) this.#remove(flow);
    }
    if (over > 0) this.#closed.splice(0, over);
  }

  #identify(flow: Flow): FlowIdentity {
    flow.identity ??= new FlowIdentity(flow, {
      netns: this.#options.netns ?? null,
      interface: this.#interfaceName(flow.ifindex),
      isOwn: this.#options.isOwn ?? null,
      texts: this.#texts,
    });
    return flow.identity;
  }

  #announce(flow: Flow): void {
    const identity = this.#identify(flow);
    if (identity.side !== 'unknown' && identity.side !== 'forwarded')
      this.#options.onFlow?.(identity, this.#epochNs + BigInt(this.#now));
  }

  #interfaceName(ifindex: number): string {
    return this.#options.interfaceName?.(ifindex) ?? String(ifindex);
  }

  #countTraffic(flow: Flow, direction: Direction, pkttype: number, bytes: number): void {
    let { traffic } = flow;
    if (traffic === null) {
      traffic = this.#traffic.get(flow.ifindex) ?? { received: 0, sent: 0 };
      this.#traffic.set(flow.ifindex, traffic);
      flow.traffic = traffic;
    }
    // A file that does not say who sent a packet is taken as the server's.
    const sent = pkttype < 0 ? direction === flow.responses : pkttype === PACKET_OUTGOING;
    if (sent) traffic.sent += bytes;
    else traffic.received += bytes;
  }

  #timeOf(seconds: number, nanoseconds: number): number {
    if (this.#epoch < 0) {
      this.#epoch = seconds;
      this.#epochNs = BigInt(seconds) * 1_000_000_000n;
      this.#epochUs = seconds * 1e6;
    }
    return (seconds - this.#epoch) * NS_PER_SECOND + nanoseconds;
  }
}

function portMap(ranges: readonly PortRange[]): Uint8Array {
  const map = new Uint8Array(65_536);
  for (const { first, last } of ranges) map.fill(1, first, last + 1);
  return map;
}
