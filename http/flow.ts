import { AF_INET, AF_INET6, formatAddress, v4Offset } from '../netlink/index.js';
import type { Draft } from './draft.js';
import type { HttpConnection, HttpSide, Missing } from './exchange.js';
import type { HttpEnd, HttpTraffic, NamedFlow } from './http-flow.js';
import { FIRST_FLAG, FlowEnds, Stream } from './packet/index.js';
import type { SharedTexts } from './shared-texts.js';
import { normalizeHost } from './target.js';

/** Part of a message that one direction is in. */
export const State = {
  /** Between messages: a start line comes next. */
  start: 0,
  /** In a head that is not whole yet. */
  head: 1,
  /** In a body of known length, or in a chunk. */
  length: 2,
  chunkData: 3,
  /** In a chunk's size, its extensions, the line end behind its data, or the trailers. */
  chunkSize: 4,
  chunkExtension: 5,
  chunkEnd: 6,
  trailer: 7,
  /** In a body that ends with the connection. */
  untilFin: 8,
  /** In a body whose chunk sizes were not captured: it ends at the next start line. */
  estimated: 9,
  /** Nothing is known: a segment that begins with a start line is looked for. */
  search: 10,
  /** Behind a request CONNECT whose answer has not come. */
  tunnel: 11,
  /** No HTTP (any more). */
  opaque: 12,
} as const;
export type State = (typeof State)[keyof typeof State];

/** Who sends in a direction; `unknown` until the first start line. */
export const Role = { unknown: 0, request: 1, response: 2 } as const;
export type Role = (typeof Role)[keyof typeof Role];

/** True if requests and answers of a flow are known to correspond by position. */
export const Sync = {
  /** They are not: answers are of no request known. */
  lost: 0,
  /** They correspond if the flow was quiet when it seemed so; a further answer without a request refutes it. */
  tentative: 1,
  certain: 2,
} as const;
export type Sync = (typeof Sync)[keyof typeof Sync];

/** Received part of a head: the first `length` of `bytes`. */
export interface PendingHead {
  bytes: Uint8Array;
  length: number;
  /** True if its start line is valid. */
  started: boolean;
}

const SEEN = FIRST_FLAG;
const UNCERTAIN = FIRST_FLAG << 1;
const SKIPPED = FIRST_FLAG << 2;

/** One direction of a flow, and the message that is passing in it. */
export class Direction extends Stream {
  readonly flow: Flow;
  role: Role = Role.unknown;
  state: State = State.search;
  /** Message whose head has passed, and whose end has not. */
  current: Draft | null = null;
  /** Bytes of the current body so far, and those to come of it or of its chunk. */
  body = 0;
  remaining = 0;
  /** A head that is not whole yet. */
  pending: PendingHead | null = null;
  /** When the first byte of the last head passed, and the acknowledgment number of that segment. */
  headTime = 0;
  headAcknowledgment = 0;
  /** When the last byte passed. */
  lastTime = 0;
  /** Number of chunk size digits, or of bytes of a line of trailers. */
  lineLength = 0;
  /** Sequence number of the first byte known. */
  first = 0;

  constructor(flow: Flow) {
    super();
    this.flow = flow;
  }

  /** True if any payload was seen. */
  get seen(): boolean {
    return this.flag(SEEN);
  }

  set seen(value: boolean) {
    this.setFlag(SEEN, value);
  }

  /** True if the current answer may have no body although it has a length, as its request is not known. */
  get uncertain(): boolean {
    return this.flag(UNCERTAIN);
  }

  set uncertain(value: boolean) {
    this.setFlag(UNCERTAIN, value);
  }

  /** True if bytes came in `State.tunnel`. */
  get skipped(): boolean {
    return this.flag(SKIPPED);
  }

  set skipped(value: boolean) {
    this.setFlag(SKIPPED, value);
  }

  /** Returns the opposite direction. */
  get other(): Direction {
    return this === this.flow.a ? this.flow.b : this.flow.a;
  }

  /** Makes `sequence` the next byte expected. */
  begin(sequence: number): void {
    this.known = true;
    this.next = sequence;
    this.first = sequence;
  }
}

/** A connection: both directions, and what waits to be paired. */
export class Flow extends FlowEnds {
  readonly a: Direction = new Direction(this);
  readonly b: Direction = new Direction(this);
  /** Requests without an answer, oldest first. */
  queueHead: Draft | null = null;
  queueTail: Draft | null = null;
  queueLength = 0;
  sync: Sync = Sync.lost;
  /** Why pairs are not certain. */
  cause: Missing = 'start';
  /** Exchanges that a refutation would take apart; null without any. */
  tentative: Draft[] | null = null;
  position = 0;
  /** True if a head was read. */
  parsed = false;
  /** Segments that are no HTTP, before the first head. */
  strange = 0;
  /** When its last segment passed, or when it was closed. */
  lastTime = 0;
  closed = false;
  removed = false;
  ifindex = 0;
  traffic: HttpTraffic | null = null;
  /** Texts and ends, made when the first exchange needs them. */
  identity: FlowIdentity | null = null;

  /** Returns the direction of requests; by guess the one from `a`, while roles are not known. */
  get requests(): Direction {
    return this.a.role === Role.response ? this.b : this.a;
  }

  get responses(): Direction {
    return this.a.role === Role.response ? this.a : this.b;
  }

  /** Sets which direction asks. */
  setRequests(direction: Direction): void {
    direction.role = Role.request;
    direction.other.role = Role.response;
  }
}

/** Texts and ends of a flow, made once. */
export class FlowIdentity implements NamedFlow {
  readonly client: string;
  readonly server: string;
  readonly side: HttpSide;
  readonly netns: string | null;
  readonly interface: string;
  connection: HttpConnection | null = null;
  renewMs: number | null = null;
  readonly #flow: Flow;

  constructor(
    flow: Flow,
    context: {
      readonly netns: string | null;
      readonly interface: string;
      readonly isOwn: ((address: string) => boolean) | null;
      readonly texts: SharedTexts;
    },
  ) {
    this.#flow = flow;
    const client = this.#client();
    const server = this.#server();
    const clientAddress = formatAddress(client.bytes, client.family);
    const serverAddress = formatAddress(server.bytes, server.family);
    this.client = endText(clientAddress, client);
    this.server = context.texts.share(endText(serverAddress, server));
    this.netns = context.netns;
    this.interface = context.interface;
    this.side = sideOf(context.isOwn, clientAddress, serverAddress);
  }

  get serverHost(): string {
    return normalizeHost(this.server) ?? this.server;
  }

  get local(): HttpEnd {
    return this.side === 'client' ? this.#client() : this.#server();
  }

  get remote(): HttpEnd {
    return this.side === 'client' ? this.#server() : this.#client();
  }

  #client(): HttpEnd {
    return this.#end(this.#flow.requests === this.#flow.a);
  }

  #server(): HttpEnd {
    return this.#end(this.#flow.requests === this.#flow.b);
  }

  // Made when asked for: kept, they would be a third of a flow's memory.
  #end(isA: boolean): HttpEnd {
    const { a0, a1, a2, a3, portA, b0, b1, b2, b3, portB } = this.#flow;
    return isA ? toEnd(a0, a1, a2, a3, portA) : toEnd(b0, b1, b2, b3, portB);
  }
}

function sideOf(isOwn: ((address: string) => boolean) | null, client: string, server: string): HttpSide {
  if (isOwn === null) return 'unknown';
  if (isOwn(server)) return isOwn(client) ? 'local' : 'server';
  return isOwn(client) ? 'client' : 'forwarded';
}

function toEnd(w0: number, w1: number, w2: number, w3: number, port: number): HttpEnd {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, w0);
  view.setInt32(4, w1);
  view.setInt32(8, w2);
  view.setInt32(12, w3);
  const v4 = v4Offset(bytes, AF_INET6);
  return v4 === undefined ? { family: AF_INET6, bytes, port } : { family: AF_INET, bytes: bytes.slice(v4), port };
}

function endText(address: string, { family, port }: HttpEnd): string {
  // Joined, because V8 keeps the parts of a long concatenation.
  return (family === AF_INET6 ? ['[', address, ']:', port] : [address, ':', port]).join('');
}
