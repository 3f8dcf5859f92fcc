import { beginSize } from './chunks.js';
import { Draft } from './draft.js';
import type { Missing } from './exchange.js';
import { type Direction, type Flow, type PendingHead, Role, State } from './flow.js';
import {
  CODING_CHUNKED,
  CODING_NONE,
  CODING_OTHER,
  canBegin,
  findHeadEnd,
  type HeadReader,
  INCOMPLETE,
} from './head.js';
import type { Pairing } from './pairing.js';
import type { Passage } from './passage.js';
import { isHttp2Preface, isTls, TLS_HANDSHAKE } from './recognition.js';
import type { Tally } from './tally.js';

/** Longest head that is read, and how long it may take, in nanoseconds. */
const MOST_HEAD_BYTES = 65_536;
const MOST_HEAD_NS = 60e9;
const FIRST_PENDING_BYTES = 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Reads the heads of messages in streams, and begins what follows them. */
export class Heads {
  readonly #head: HeadReader;
  readonly #pairing: Pairing;
  readonly #tally: Tally;
  readonly #passage: Passage;
  readonly #onParsed: (flow: Flow) => void;

  /** @param onParsed Called after the first head of a flow. */
  constructor(head: HeadReader, pairing: Pairing, tally: Tally, passage: Passage, onParsed: (flow: Flow) => void) {
    this.#head = head;
    this.#pairing = pairing;
    this.#tally = tally;
    this.#passage = passage;
    this.#onParsed = onParsed;
  }

  /** Reads the start line at `at`, between messages. Returns the offset behind what was taken. */
  start(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
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
    return this.continueHead(direction, bytes, at, end, time);
  }

  /** Reads on in a head that is not whole yet. Returns the offset behind what was taken. */
  continueHead(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
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
      this.breakHead(direction, 'truncated', time);
      return end;
    }
    return start + taken;
  }

  /** Gives up a head that was read in part. What its start line says is kept. */
  breakHead(direction: Direction, cause: Missing, time: number): void {
    const { pending } = direction;
    if (pending !== null) this.#head.read(pending.bytes, 0, pending.length);
    this.#breakRead(direction, pending !== null, pending?.length ?? 0, cause, time);
  }

  /** Returns whether a segment begins with a whole start line of who sends in its direction. */
  beginsMessage(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    if (!canBegin(bytes[start] ?? 0)) return false;
    return this.#head.readStartLine(bytes, start, end) > 0 && this.#fitsRole(direction);
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
      this.#passage.break(direction, 'truncated');
      return;
    }
    if (head.coding === CODING_CHUNKED) {
      draft.conflicting = head.length >= 0;
      beginSize(direction);
      return;
    }
    direction.remaining = head.length;
    direction.state = State.length;
    if (head.length <= 0) this.#passage.finish(direction, time);
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
    draft.named = head.named;
    draft.version = head.version;
    draft.requestFields = head.fields;
    draft.requestHead = length;
    draft.requestFirst = direction.headTime;
    direction.current = draft;
    const answers = direction.other;
    const isAnswered = answers.uncertain && answers.body === 0 && answers.next === draft.acknowledgment;
    if (isAnswered && answers.current !== null) this.#passage.finish(answers, answers.lastTime);
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
      this.#passage.finish(direction, time);
    } else if (head.coding === CODING_CHUNKED) {
      draft.conflicting ||= head.length >= 0;
      beginSize(direction);
    } else if (head.coding === CODING_NONE && head.length >= 0) {
      direction.remaining = head.length;
      direction.state = State.length;
      if (head.length === 0) this.#passage.finish(direction, time);
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
    if (requests.state === State.estimated && requests.current === draft)
      this.#passage.finish(requests, requests.lastTime);
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
    if (requests.current === draft) this.#passage.finish(requests, requests.lastTime);
    this.#passage.finish(direction, time);
    this.#passage.letGo(flow);
  }

  #leaveTunnel(requests: Direction): void {
    if (requests.state !== State.tunnel) return;
    requests.state = State.start;
    if (requests.skipped) this.#passage.break(requests, 'truncated');
  }

  #breakRead(direction: Direction, read: boolean, length: number, cause: Missing, time: number): void {
    const head = this.#head;
    if (read && head.started && this.#fitsRole(direction)) {
      direction.body = 0;
      this.#noteParsed(direction);
      if (!head.isResponse) this.#beginRequest(direction, direction.flow, length);
      else if (head.status >= 200) this.#beginResponse(direction, length).responseLast = time;
    }
    this.#passage.break(direction, cause);
  }

  /** Handles a head that is not HTTP/1. Returns `end`: the rest of the segment is not read. */
  #invalid(direction: Direction, bytes: Uint8Array, start: number, length: number, end: number = length): number {
    const head = this.#head;
    if (!head.started && !direction.flow.parsed) {
      if (isHttp2Preface(bytes, start, length)) this.#passage.recognize(direction.flow, 'http2');
      else this.#passage.countStrange(direction);
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
      this.#passage.break(direction, 'truncated');
      return end;
    }
    if (isTls(bytes, at, end, TLS_HANDSHAKE)) this.#passage.recognize(direction.flow, 'tls');
    else this.#passage.countStrange(direction);
    return end;
  }
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
