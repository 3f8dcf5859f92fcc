import { ChunkStep, endsChunks, frameChunk } from './chunks.js';
import type { Missing } from './exchange.js';
import { type Direction, type Flow, Role, State, Sync } from './flow.js';
import { type HeadReader, isKnownMethod } from './head.js';
import { Heads } from './heads.js';
import type { HoleCause, StreamSink } from './packet/index.js';
import type { Pairing } from './pairing.js';
import { Passage } from './passage.js';
import { isTls, TLS_DATA, TLS_HANDSHAKE } from './recognition.js';
import type { Tally } from './tally.js';

/** Frames messages in the streams of flows (RFC 9112 §6) and hands them to pairing. */
export class Messages implements StreamSink<Direction> {
  readonly #head: HeadReader;
  readonly #pairing: Pairing;
  readonly #tally: Tally;
  readonly #passage: Passage;
  readonly #heads: Heads;

  /** @param onParsed Called after the first head of a flow. */
  constructor(head: HeadReader, pairing: Pairing, tally: Tally, onParsed: (flow: Flow) => void) {
    this.#head = head;
    this.#pairing = pairing;
    this.#tally = tally;
    this.#passage = new Passage(pairing, tally);
    this.#heads = new Heads(head, pairing, tally, this.#passage, onParsed);
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
          at = this.#heads.start(direction, bytes, at, end, time);
          break;
        case State.head:
          at = this.#heads.continueHead(direction, bytes, at, end, time);
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
        this.#heads.breakHead(direction, missingOf(cause), direction.headTime);
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

  /** Counts bytes of a body whose length, or whose chunk's length, is known. */
  #pass(direction: Direction, bytes: number, time: number): void {
    direction.body += bytes;
    direction.remaining -= bytes;
    if (direction.remaining > 0) return;
    if (direction.state === State.chunkData) {
      direction.state = State.chunkEnd;
      direction.lineLength = 0;
    } else {
      this.#passage.finish(direction, time);
    }
  }

  /** Reads what frames chunks. Returns the offset behind what was taken. */
  #frameChunk(direction: Direction, bytes: Uint8Array, start: number, end: number, time: number): number {
    let at = start;
    while (at < end) {
      const step = frameChunk(direction, bytes[at++] ?? 0);
      direction.body++;
      if (step === ChunkStep.over) {
        this.#passage.finish(direction, time);
        return at;
      }
      if (step === ChunkStep.invalid) {
        this.#tally.unparse('http-chunk');
        this.#passage.break(direction, 'truncated');
        return end;
      }
      if (direction.state === State.chunkData) return at;
    }
    return at;
  }

  /** Returns whether a segment ends the search: it begins with a start line. */
  #isFound(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    const { flow } = direction;
    if (!flow.parsed && (isTls(bytes, start, end, TLS_DATA) || isTls(bytes, start, end, TLS_HANDSHAKE))) {
      this.#passage.recognize(flow, 'tls');
      return false;
    }
    if (!this.#heads.beginsMessage(direction, bytes, start, end)) return false;
    // A segment may begin within a method; GET is known, ET is not.
    if (!this.#head.isResponse && !isKnownMethod(this.#head.method)) return false;
    direction.state = State.start;
    return true;
  }

  /**
   * Ends an answer to an unknown request, which may have been HEAD, when the next one begins where its body would have
   * begun.
   */
  #endEmptyBody(direction: Direction, bytes: Uint8Array, start: number, end: number): void {
    if (direction.current === null || !this.#heads.beginsMessage(direction, bytes, start, end)) return;
    this.#passage.finish(direction, direction.lastTime);
  }

  /** Returns whether a segment begins the message behind one whose chunk sizes were not captured. */
  #endsEstimate(direction: Direction, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#heads.beginsMessage(direction, bytes, start, end)) return false;
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
    if (certain) this.#passage.finish(direction, direction.lastTime);
    else this.#passage.break(direction, 'truncated');
    return true;
  }

  #estimate(direction: Direction, bytes: Uint8Array, start: number, end: number, whole: boolean, time: number): void {
    if (direction.current === null) return;
    direction.body += end - start;
    if (!whole || !endsChunks(bytes, start, end)) return;
    this.#passage.finish(direction, time);
    // Should the body have had these bytes by chance, its rest is passed over.
    direction.state = State.estimated;
  }

  #holeInLength(direction: Direction, length: number, cause: HoleCause, time: number): void {
    if (length <= direction.remaining) {
      this.#pass(direction, length, time);
      return;
    }
    direction.body += direction.remaining;
    this.#passage.break(direction, missingOf(cause));
  }

  #holeInChunks(direction: Direction, length: number, cause: HoleCause): void {
    direction.body += length;
    if (cause !== 'cut') {
      this.#passage.break(direction, missingOf(cause));
      return;
    }
    direction.state = State.estimated;
    if (direction.current !== null) direction.current.estimated = true;
  }

  #breakStart(direction: Direction, cause: HoleCause): void {
    const { flow } = direction;
    if (flow.parsed || cause !== 'cut') this.#passage.break(direction, missingOf(cause));
    else this.#passage.countStrange(direction);
  }

  /** Ends what passes in a direction because no more bytes come. */
  #endMessage(direction: Direction, missing: Missing, time: number): void {
    const { state } = direction;
    if (state === State.head) {
      if (direction.flow.parsed || direction.pending?.started) this.#heads.breakHead(direction, missing, time);
    } else if (direction.current !== null) {
      const ended = state === State.estimated || (state === State.untilFin && direction.finished);
      if (ended || this.#isEmpty(direction)) this.#passage.finish(direction, direction.lastTime);
      else this.#passage.break(direction, missing);
    }
  }

  #isEmpty(direction: Direction): boolean {
    return direction.uncertain && direction.body === 0;
  }
}

function missingOf(cause: HoleCause): Missing {
  return cause === 'cut' ? 'truncated' : cause === 'lost' ? 'gap' : 'overload';
}
