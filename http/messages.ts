import { Draft } from './draft.js';
import type { Missing, NotHttp } from './exchange.js';
import { type Direction, type Flow, type PendingHead, Role, State, Sync } from './flow.js';
import {
  CODING_CHUNKED,
  CODING_NONE,
  CODING_OTHER,
  canBegin,
  findHeadEnd,
  type HeadReader,
  INCOMPLETE,
  isKnownMethod,
} from './head.js';
import type { HoleCause, StreamSink } from './packet/index.js';
import type { Pairing } from './pairing.js';
import type { Tally } from './tally.js';

/** Longest head that is read, and how long it may take, in nanoseconds. */
const MOST_HEAD_BYTES = 65_536;
const MOST_HEAD_NS = 60e9;
const FIRST_PENDING_BYTES = 1024;
/** Segments of a connection that may be no HTTP before it is let go. */
const MOST_STRANGE = 4;
/** Digits of a chunk's size; more are beyond 2^52. */
const MOST_SIZE_DIGITS = 13;
/** Type of a TLS record (RFC 8446 §5.1): a handshake, as connections begin; and data. */
const TLS_HANDSHAKE = 0x16;
const TLS_DATA = 0x17;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

/** Frames messages in the streams of flows (RFC 9112 §6) and hands them to pairing. */
export class Messages implements StreamSink<Direction> {
  readonly #head: HeadReader;
  readonly #pairing: Pairing;
  readonly #tally: Tally;
  readonly #onParsed: (flow: Flow) => void;

  /** @param onParsed Called after the first head of a flow. */
  constructor(head: HeadReader, pairing: Pairing, tally: Tally, onParsed: (flow: Flow) => void) {
    this.#head = head;
    this.#pairing = pairing;
    this.#tally = tally;
    this.#onParsed = onParsed;
  }

  data(
    direction: Direction,
    bytes: Uint8Array,
    start: number,
    end: number,
    begins: boolean,
    whole: boolean,
    time: number,
  ): void {
    direction.seen = true;
    let at = start;
    if (begins && direction.uncertain && direction.body === 0) this.#endEmptyBody(direction, bytes, start, end);
    while (at < end) {
      switch (direction.state) {
        case State.start:
          at = this.#start(direction, bytes, at, end, time);
          break;
        case State.head:
          at = this.#continueHead(direction, bytes, at, end, time);
          break;
        case State.length:
        case State.chunkData: {
          const taken = Math.min(direction.remaining, end - at);
          at += taken;
          this.#pass(direction, taken, time);
          break;
        }
        case State.chunkSize:
        case State.chunkExtension:
        case State.chunkEnd:
        case State.trailer:
          at = this.#frameChunk(direction, bytes, at, end, time);
          break;
        case State.untilFin:
          direction.body += end - at;
          at = end;
          break;
        case State.estimated:
          if (begins && at === start && this.#endsEstimate(direction, bytes, start, end)) break;
          this.#estimate(direction, bytes, at, end, whole, time);
          at = end;
          break;
        case State.search:
          if (!(begins && at === start && this.#isFound(direction, bytes, start, end))) at = end;
          break;
        case State.tunnel:
          direction.skipped = true;
          at = end;
          break;
        case State.opaque:
          at = end;
          break;
      }
    }
    direction.lastTime = time;
  }

  hole(direction: Direction, length: number, cause: HoleCause, time: number): void {
    const { state } = direction;
    if (state === State.opaque) return;
    direction.seen ||= cause === 'cut';
    if (cause !== 'cut' && state !== State.search && direction.seen) this.#tally.gaps++;
    switch (state) {
      case State.search:
        break;
      case State.tunnel:
        direction.skipped = true;
        break;
      case State.length:
        this.#holeInLength(direction, length, cause, time);
        break;
      case State.untilFin:
        direction.body += length;
        break;
      case State.chunkData:
        if (length < direction.remaining) {
          direction.body += length;
          direction.remaining -= length;
          break;
        }
        this.#holeInChunks(direction, length, cause);
        break;
      case State.chunkSize:
      case State.chunkExtension:
      case State.chunkEnd:
      case State.trailer:
      case State.estimated:
        this.#holeInChunks(direction, length, cause);
        break;
      case State.head:
        this.#breakHead(direction, missingOf(cause), direction.headTime);
        break;
      case State.start:
        this.#breakStart(direction, cause);
        break;
    }
    direction.lastTime = time;
  }

  fin(direction: Direction, time: number): void {
    this.#endMessage(direction, 'truncated', time);
    const { flow } = direction;
    if (direction.role !== Role.request && flow.responses === direction) this.#pairing.close(flow, 'response');
  }

  /** Ends what passes in both directions: the connection is over, or given up as `missing`. */
  endFlow(flow: Flow, missing: 'truncated' | 'overload', time: number): void {
    this.#endMessage(flow.requests, missing, time);
    this.#endMessage(flow.responses, missing, time);
    this.#pairing.close(flow, missing === 'overload' ? 'overload' : 'response');
  }

  /** Notes that the receiver of a direction that never was seen has its bytes: it is not captured. */
  unseen(direction: Direction, acknowledged: number): void {
    const { flow } = direction;
    direction.next = acknowledged;
    direction.state = State.search;
    const isAnswers = direction.role === Role.response;
    if (isAnswers) this.#pairing.close(flow, 'response');
    this.#pairing.lose(flow, isAnswers ? 'response' : 'gap');
  }

  /** Reads the start line at `at`, between messages. Returns the offset behind what was taken. */
  #start(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
    let at = start;
    // RFC 9112 §2.2: empty lines before a message are ignored.
    while (at < end && (bytes[at] === LF || bytes[at] === CR)) at++;
    if (at === end) return end;
    if (!canBegin(bytes[at] ?? 0)) return this.#strange(direction, bytes, at, end);
    const head = this.#head;
    direction.headTime = time;
    direction.headAcknowledgment = direction.acknowledgment;
    const behind = head.read(bytes, at, end);
    if (behind > 0 && this.#fitsRole(direction)) {
      this.#takeHead(direction, behind - at, time);
      return behind;
    }
    if (behind !== INCOMPLETE) return this.#invalid(direction, bytes, at, end);
    direction.state = State.head;
    direction.pending = { bytes: new Uint8Array(FIRST_PENDING_BYTES), length: 0, started: head.started };
    return this.#continueHead(direction, bytes, at, end, time);
  }

  #continueHead(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
    const { pending: kept } = direction;
    if (kept === null) return end;
    const before = kept.length;
    const taken = Math.min(end - start, MOST_HEAD_BYTES - before);
    const length = before + taken;
    const pending = reserve(kept, length);
    pending.set(bytes.subarray(start, start + taken), before);
    kept.length = length;
    const head = this.#head;
    const ends = findHeadEnd(pending, Math.max(0, before - 3), length);
    if (ends > 0) {
      const behind = head.read(pending, 0, ends);
      if (behind !== ends || !this.#fitsRole(direction)) return this.#invalid(direction, pending, 0, length, end);
      this.#takeHead(direction, ends, time);
      return start + ends - before;
    }
    if (!kept.started) {
      const line = head.readStartLine(pending, 0, length);
      if (line > 0 && !this.#fitsRole(direction)) return this.#invalid(direction, pending, 0, length, end);
      if (line < 0 && line !== INCOMPLETE) return this.#invalid(direction, pending, 0, length, end);
      kept.started = line > 0;
    }
    if (length === MOST_HEAD_BYTES || time - direction.headTime > MOST_HEAD_NS) {
      this.#breakHead(direction, 'truncated', time);
      return end;
    }
    return start + taken;
  }

  /** Returns whether the start line read last belongs to who sends in a direction. */
  #fitsRole(direction: Direction): boolean {
    if (direction.role === Role.unknown) return true;
    return this.#head.isResponse === (direction.role === Role.response);
  }

  /** Takes the head read last, of `length` bytes. */
  #takeHead(direction: Direction, length: number, time: number): void {
    const { flow } = direction;
    const head = this.#head;
    direction.pending = null;
    direction.body = 0;
    this.#noteParsed(direction);
    if (head.isResponse) this.#takeResponse(direction, flow, length, time);
    else this.#takeRequest(direction, flow, length, time);
  }

  #noteParsed(direction: Direction): void {
    const { flow } = direction;
    if (direction.role === Role.unknown) flow.setRequests(this.#head.isResponse ? direction.other : direction);
    if (flow.parsed) return;
    flow.parsed = true;
    this.#onParsed(flow);
  }

  #takeRequest(direction: Direction, flow: Flow, length: number, time: number): void {
    const head = this.#head;
    const draft = this.#beginRequest(direction, flow, length);
    if (head.coding === CODING_OTHER) {
      // RFC 9112 §6.3: such a body has no end that is known.
      this.#tally.unparse('http-coding');
      this.#break(direction, 'truncated');
      return;
    }
    if (head.coding === CODING_CHUNKED) {
      draft.conflicting = head.length >= 0;
      beginSize(direction);
      return;
    }
    direction.remaining = head.length;
    direction.state = State.length;
    if (head.length <= 0) this.#finish(direction, time);
    if (head.method === 'CONNECT') {
      direction.state = State.tunnel;
      direction.skipped = false;
    }
  }

  /** Makes an exchange of the request whose head was read, whole or not. */
  #beginRequest(direction: Direction, flow: Flow, length: number): Draft {
    const head = this.#head;
    const draft = new Draft(++flow.position);
    draft.acknowledgment = direction.headAcknowledgment;
    draft.method = head.method;
    draft.target = head.target;
    draft.hostField = head.host;
    draft.version = head.version;
    draft.requestFields = head.fields;
    draft.requestHead = length;
    draft.requestFirst = direction.headTime;
    direction.current = draft;
    const answers = direction.other;
    const isAnswered = answers.uncertain && answers.body === 0 && answers.next === draft.acknowledgment;
    if (isAnswered && answers.current !== null) this.#finish(answers, answers.lastTime);
    this.#pairing.request(direction, draft);
    return draft;
  }

  #takeResponse(direction: Direction, flow: Flow, length: number, time: number): void {
    const head = this.#head;
    const { status } = head;
    if (status < 200 && status !== 101) {
      this.#pairing.interim(flow);
      direction.state = State.start;
      return;
    }
    const draft = this.#beginResponse(direction, length);
    const { method } = draft;
    if (status === 101 || (method === 'CONNECT' && status < 300)) {
      this.#upgrade(direction, flow, draft, time);
      return;
    }
    if (method === 'CONNECT') this.#leaveTunnel(direction.other);
    direction.uncertain = method === null;
    if (method === 'HEAD' || status === 204 || status === 304) {
      this.#finish(direction, time);
    } else if (head.coding === CODING_CHUNKED) {
      draft.conflicting ||= head.length >= 0;
      beginSize(direction);
    } else if (head.coding === CODING_NONE && head.length >= 0) {
      direction.remaining = head.length;
      direction.state = State.length;
      if (head.length === 0) this.#finish(direction, time);
    } else {
      direction.state = State.untilFin;
    }
  }

  /** Joins the answer whose head was read, whole or not, to its request. */
  #beginResponse(direction: Direction, length: number): Draft {
    const head = this.#head;
    const draft = this.#pairing.response(direction);
    const requests = direction.other;
    // The end of a request whose chunk sizes were not captured is known when its answer begins.
    if (requests.state === State.estimated && requests.current === draft) this.#finish(requests, requests.lastTime);
    if (draft.method === null) draft.version = head.version;
    draft.status = head.status;
    draft.responseFields = head.fields;
    draft.responseHead = length;
    draft.responseFirst = direction.headTime;
    direction.current = draft;
    return draft;
  }

  /** Ends HTTP on a flow: after the answer 101, or to CONNECT. */
  #upgrade(direction: Direction, flow: Flow, draft: Draft, time: number): void {
    draft.upgraded = true;
    if (this.#head.status === 101 && this.#head.upgradesToHttp2) this.#tally.notHttp.http2++;
    const requests = direction.other;
    if (requests.current === draft) this.#finish(requests, requests.lastTime);
    this.#finish(direction, time);
    this.#letGo(flow);
  }

  #leaveTunnel(requests: Direction): void {
    if (requests.state !== State.tunnel) return;
    requests.state = State.start;
    if (requests.skipped) this.#break(requests, 'truncated');
  }

  /** Counts bytes of a body whose length, or whose chunk's length, is known. */
  #pass(direction: Direction, bytes: number, time: number): void {
    direction.body += bytes;
    direction.remaining -= bytes;
    if (direction.remaining > 0) return;
    if (direction.state === State.chunkData) {
      direction.state = State.chunkEnd;
      direction.lineLength = 0;
    } else {
      this.#finish(direction, time);
    }
  }

  /** Reads what frames chunks (RFC 9112 §7.1). Returns the offset behind what was taken. */
  #frameChunk(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at++] ?? 0;
      direction.body++;
      let valid = true;
      switch (direction.state) {
        case State.chunkSize:
          valid = takeSize(direction, byte);
          if (valid && byte === LF) this.#beginChunk(direction);
          break;
        case State.chunkExtension:
          if (byte === LF) this.#beginChunk(direction);
          break;
        case State.chunkEnd:
          if (byte === LF) beginSize(direction);
          else valid = byte === CR && direction.lineLength++ === 0;
          break;
        default:
          if (byte === LF && direction.lineLength === 0) {
            this.#finish(direction, time);
            return at;
          }
          if (byte === LF) direction.lineLength = 0;
          else if (byte !== CR) direction.lineLength++;
      }
      if (!valid) {
        this.#tally.unparse('http-chunk');
        this.#break(direction, 'truncated');
        return end;
      }
      if (direction.state === State.chunkData) return at;
    }
    return at;
  }

  #beginChunk(direction: Direction): void {
    const last = direction.remaining === 0;
    direction.state = last ? State.trailer : State.chunkData;
    direction.lineLength = 0;
  }

  /** Ends a message that is whole. */
  #finish(direction: Direction, time: number): void {
    const draft = direction.current;
    direction.current = null;
    direction.state = State.start;
    direction.uncertain = false;
    if (draft === null) return;
    this.#close(direction, draft, time);
    this.#pairing.settle(direction.flow, draft);
  }

  #close(direction: Direction, draft: Draft, time: number): void {
    if (direction.role === Role.request) {
      draft.requestBody = direction.body;
      draft.requestLast = time;
      draft.requestDone = true;
    } else {
      draft.responseBody = direction.body;
      draft.responseLast = time;
      draft.responseDone = true;
    }
  }

  /** Gives up what passes in a direction, which then looks for a start line. */
  #break(direction: Direction, cause: Missing): void {
    const draft = direction.current;
    if (draft !== null) {
      if (direction.role === Role.request) draft.requestBody = direction.body;
      else draft.responseBody = direction.body;
    }
    direction.pending = null;
    direction.uncertain = false;
    direction.state = State.search;
    this.#pairing.broken(direction, cause);
  }

  /** Gives up a head of which a part was read. What its start line says is kept. */
  #breakHead(direction: Direction, cause: Missing, time: number): void {
    const { pending } = direction;
    if (pending !== null) this.#head.read(pending.bytes, 0, pending.length);
    this.#breakRead(direction, pending !== null, pending?.length ?? 0, cause, time);
  }

  #breakRead(direction: Direction, read: boolean, length: number, cause: Missing, time: number): void {
    const head = this.#head;
    if (read && head.started && this.#fitsRole(direction)) {
      direction.body = 0;
      this.#noteParsed(direction);
      if (!head.isResponse) this.#beginRequest(direction, direction.flow, length);
      else if (head.status >= 200) this.#beginResponse(direction, length).responseLast = time;
    }
    this.#break(direction, cause);
  }

  /** Handles a head that is not HTTP/1. Returns `end`: the rest of the segment is not read. */
  #invalid(direction: Direction, bytes: Uint8Array, start: number, length: number, end: number = length): number {
    const head = this.#head;
    if (!head.started && !direction.flow.parsed) {
      if (isHttp2Preface(bytes, start, length)) this.#recognize(direction.flow, 'http2');
      else this.#countStrange(direction);
      return end;
    }
    const wrongSide = head.started && !this.#fitsRole(direction);
    this.#tally.unparse(wrongSide ? 'http-startLine' : `http-${head.fault}`);
    this.#breakRead(direction, !wrongSide, length - start, 'truncated', direction.headTime);
    return end;
  }

  /** Handles bytes between messages that begin none. */
  #strange(direction: Direction, bytes: Uint8Array, at: number, end: number): number {
    if (direction.flow.parsed) {
      this.#tally.unparse('http-startLine');
      this.#break(direction, 'truncated');
      return end;
    }
    if (isTls(bytes, at, end, TLS_HANDSHAKE)) this.#recognize(direction.flow, 'tls');
    else this.#countStrange(direction);
    return end;
  }

  #countStrange(direction: Direction): void {
    direction.state = State.start;
    direction.pending = null;
    if (++direction.flow.strange >= MOST_STRANGE) this.#recognize(direction.flow, 'other');
  }

  #recognize(flow: Flow, what: NotHttp): void {
    this.#tally.notHttp[what]++;
    this.#letGo(flow);
  }

  #letGo(flow: Flow): void {
    for (const direction of [flow.a, flow.b]) {
      direction.state = State.opaque;
      direction.current = null;
      direction.pending = null;
    }
    this.#pairing.close(flow, 'response');
  }

  /** Returns whether a segment ends the search: it begins with a start line. */
  #isFound(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    const { flow } = direction;
    if (!flow.parsed && (isTls(bytes, start, end, TLS_DATA) || isTls(bytes, start, end, TLS_HANDSHAKE))) {
      this.#recognize(flow, 'tls');
      return false;
    }
    if (!this.#beginsMessage(direction, bytes, start, end)) return false;
    // A segment may begin within a method; GET is known, ET is not.
    if (!this.#head.isResponse && !isKnownMethod(this.#head.method)) return false;
    direction.state = State.start;
    return true;
  }

  #beginsMessage(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    if (!canBegin(bytes[start] ?? 0)) return false;
    return this.#head.readStartLine(bytes, start, end) > 0 && this.#fitsRole(direction);
  }

  /**
   * Ends an answer to an unknown request, which may have been HEAD, when the next one begins where its body would have
   * begun.
   */
  #endEmptyBody(direction: Direction, bytes: Uint8Array, start: number, end: number): void {
    if (direction.current === null || !this.#beginsMessage(direction, bytes, start, end)) return;
    this.#finish(direction, direction.lastTime);
  }

  /** Returns whether a segment begins the message behind one whose chunk sizes were not captured. */
  #endsEstimate(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#beginsMessage(direction, bytes, start, end)) return false;
    const { flow } = direction;
    if (direction.role === Role.request) {
      const answers = direction.other;
      const quiet = flow.queueHead === null && answers.current === null && answers.next === direction.acknowledgment;
      return this.#endEstimate(direction, quiet);
    }
    const waiting = flow.queueHead;
    // No request waits, so this is text in a body; if requests are seen at all.
    if (waiting === null && flow.sync !== Sync.lost && direction.other.seen) return false;
    const ahead = waiting === null ? 0 : (direction.next - waiting.acknowledgment) | 0;
    // The client sent its next request when it had this answer, which so begins there, and not before. One that was
    // sent earlier (pipelining) may have its answer in the middle of what was passed over.
    if (ahead < 0) return false;
    return this.#endEstimate(direction, ahead === 0);
  }

  #endEstimate(direction: Direction, certain: boolean): true {
    if (certain) this.#finish(direction, direction.lastTime);
    else this.#break(direction, 'truncated');
    return true;
  }

  #estimate(direction: Direction, bytes: Uint8Array, start: number, end: number, whole: boolean, time: number): void {
    if (direction.current === null) return;
    direction.body += end - start;
    if (!whole || !endsChunks(bytes, start, end)) return;
    this.#finish(direction, time);
    // Should the body have had these bytes by chance, its rest is passed over.
    direction.state = State.estimated;
  }

  #holeInLength(direction: Direction, length: number, cause: HoleCause, time: number): void {
    if (length <= direction.remaining) {
      this.#pass(direction, length, time);
      return;
    }
    direction.body += direction.remaining;
    this.#break(direction, missingOf(cause));
  }

  #holeInChunks(direction: Direction, length: number, cause: HoleCause): void {
    direction.body += length;
    if (cause !== 'cut') {
      this.#break(direction, missingOf(cause));
      return;
    }
    direction.state = State.estimated;
    if (direction.current !== null) direction.current.estimated = true;
  }

  #breakStart(direction: Direction, cause: HoleCause): void {
    const { flow } = direction;
    if (flow.parsed || cause !== 'cut') this.#break(direction, missingOf(cause));
    else this.#countStrange(direction);
  }

  /** Ends what passes in a direction because no more bytes come. */
  #endMessage(direction: Direction, missing: Missing, time: number): void {
    const { state } = direction;
    if (state === State.head) {
      if (direction.flow.parsed || direction.pending?.started) this.#breakHead(direction, missing, time);
    } else if (direction.current !== null) {
      const ended = state === State.estimated || (state === State.untilFin && direction.finished);
      if (ended || this.#isEmpty(direction)) this.#finish(direction, direction.lastTime);
      else this.#break(direction, missing);
    }
  }

  #isEmpty(direction: Direction): boolean {
    return direction.uncertain && direction.body === 0;
  }
}

function missingOf(cause: HoleCause): Missing {
  return cause === 'cut' ? 'truncated' : cause === 'lost' ? 'gap' : 'overload';
}

/** Returns room for `length` bytes of a head, with those that it has. */
function reserve(pending: PendingHead, length: number): Uint8Array {
  if (pending.bytes.length < length) {
    const grown = new Uint8Array(Math.max(2 * pending.bytes.length, length));
    grown.set(pending.bytes);
    pending.bytes = grown;
  }
  return pending.bytes;
}

function beginSize(direction: Direction): void {
  direction.state = State.chunkSize;
  direction.remaining = 0;
  direction.lineLength = 0;
}

/** Takes a byte of the line with a chunk's size. Returns whether it may be there. */
function takeSize(direction: Direction, byte: number): boolean {
  const digit = hexDigit(byte);
  if (digit >= 0) {
    if (direction.lineLength++ >= MOST_SIZE_DIGITS) return false;
    direction.remaining = 16 * direction.remaining + digit;
    return true;
  }
  if (direction.lineLength === 0) return false;
  if (byte === SEMICOLON || byte === SPACE || byte === TAB) direction.state = State.chunkExtension;
  else return byte === CR || byte === LF;
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Returns whether a segment ends with the last chunk, on a line of its own. */
function endsChunks(bytes: Uint8Array, start: number, end: number): boolean {
  const at = end - 5;
  if (at < start || (at > start && bytes[at - 1] !== LF)) return false;
  return (
    bytes[at] === 0x30 && bytes[at + 1] === CR && bytes[at + 2] === LF && bytes[at + 3] === CR && bytes[at + 4] === LF
  );
}

function isTls(bytes: Uint8Array, at: number, end: number, type: number): boolean {
  return bytes[at] === type && (at + 1 >= end || bytes[at + 1] === 0x03);
}

/** RFC 9113 §3.4. */
function isHttp2Preface(bytes: Uint8Array, start: number, end: number): boolean {
  const preface = 'PRI * HTTP/2';
  if (end - start < preface.length) return false;
  for (let i = 0; i < preface.length; i++) if (bytes[start + i] !== preface.charCodeAt(i)) return false;
  return true;
}
