import { Draft } from './draft.js';
import type { Missing } from './exchange.js';
import { type Direction, type Flow, State, Sync } from './flow.js';

/** Maximum number of requests of a flow that wait for answers (pipelining). */
const MOST_WAITING = 1000;
/** Maximum number of exchanges that wait to be confirmed. */
const MOST_TENTATIVE = 64;
/** Silence that confirms tentative pairs, in nanoseconds. */
const CONFIRM_NS = 1e9;

/**
 * Pairs answers with requests by position: each final answer belongs to the first request that has none.
 *
 * After bytes were missed, or when a connection was open before us, positions are not known. Then a request that comes
 * while nothing else is under way, and that acknowledges all bytes of answers, begins tentative pairs: they are reported
 * when the flow is quiet again and every request had one answer, and taken apart when an answer comes for which there
 * is no request.
 */
export class Pairing {
  readonly #emit: (flow: Flow, draft: Draft) => void;
  /** Flows with tentative pairs. */
  readonly #tentative = new Set<Flow>();

  /** @param emit Receives each exchange when all of it that will be known is known. */
  constructor(emit: (flow: Flow, draft: Draft) => void) {
    this.#emit = emit;
  }

  /** Puts a request whose head has passed in its place. */
  request(direction: Direction, draft: Draft): void {
    const { flow } = direction;
    if (flow.sync !== Sync.certain) this.#resume(direction, draft);
    if (flow.sync === Sync.lost) {
      draft.missing ??= flow.cause;
      draft.responseDone = true;
      return;
    }
    if (flow.queueLength >= MOST_WAITING) {
      draft.missing ??= 'overload';
      draft.responseDone = true;
      this.#dropQueue(flow, 'overload');
      this.lose(flow, 'overload');
      return;
    }
    if (flow.queueTail === null) flow.queueHead = draft;
    else flow.queueTail.next = draft;
    flow.queueTail = draft;
    flow.queueLength++;
  }

  /** Notes an interim answer. */
  interim(flow: Flow): void {
    if (flow.queueHead !== null) flow.queueHead.continued = true;
  }

  /** Returns the exchange to which a final answer belongs: of its request, or a new one without. */
  response(direction: Direction): Draft {
    const { flow } = direction;
    const first = flow.queueHead;
    if (first !== null) {
      flow.queueHead = first.next;
      if (first.next === null) flow.queueTail = null;
      first.next = null;
      flow.queueLength--;
      return first;
    }
    if (flow.sync === Sync.tentative) this.#refute(flow);
    const draft = new Draft(++flow.position);
    draft.requestDone = true;
    // Who never asks is not captured, and was not only missed at the start.
    const unseen = !flow.requests.seen && (flow.position > 1 || flow.cause !== 'start');
    draft.missing = flow.sync === Sync.certain || unseen ? 'request' : flow.cause;
    return draft;
  }

  /** Reports an exchange once both of its messages are over. */
  settle(flow: Flow, draft: Draft): void {
    if (!draft.requestDone || !draft.responseDone) return;
    const isPair = draft.method !== null && draft.status !== 0;
    if (flow.sync !== Sync.tentative || !isPair) {
      this.#emit(flow, draft);
      return;
    }
    flow.tentative ??= [];
    flow.tentative.push(draft);
    this.#tentative.add(flow);
    if (flow.tentative.length > MOST_TENTATIVE) this.#refute(flow);
  }

  /** Notes that this direction's bytes were missed where they were needed. */
  broken(direction: Direction, cause: Missing): void {
    const { flow } = direction;
    const draft = direction.current;
    direction.current = null;
    if (draft !== null) {
      draft.missing ??= cause;
      if (direction === flow.requests) draft.requestDone = true;
      else draft.responseDone = true;
      this.settle(flow, draft);
    }
    // Requests that wait came before what was missed of requests, so answers are theirs still.
    if (direction === flow.responses) this.#dropQueue(flow, cause === 'overload' ? cause : 'gap');
    this.lose(flow, cause);
  }

  /** Notes that positions are not known from now on. */
  lose(flow: Flow, cause: Missing): void {
    if (flow.sync === Sync.tentative) this.#refute(flow);
    flow.sync = Sync.lost;
    flow.cause = cause;
  }

  /** Notes that answers will not come any more: those that wait are reported as `missing`. */
  close(flow: Flow, missing: Missing): void {
    this.#dropQueue(flow, missing);
    if (flow.sync === Sync.tentative) this.#confirm(flow);
  }

  /** Confirms tentative pairs of flows that have been silent. */
  expire(time: number): void {
    for (const flow of this.#tentative) {
      if (time - flow.lastTime >= CONFIRM_NS && flow.queueHead === null && isIdle(flow.responses)) this.#confirm(flow);
    }
  }

  /** Looks whether a request begins, or confirms, tentative pairs. */
  #resume(direction: Direction, draft: Draft): void {
    const { flow } = direction;
    const answers = direction.other;
    if (flow.queueHead !== null || !isIdle(answers) || answers.held !== null) return;
    if (answers.known && answers.next !== draft.acknowledgment) return;
    if (flow.sync === Sync.tentative) {
      if (flow.tentative !== null) this.#confirm(flow);
      return;
    }
    if (!answers.known) answers.begin(draft.acknowledgment);
    answers.state = State.start;
    flow.sync = Sync.tentative;
  }

  #confirm(flow: Flow): void {
    const drafts = flow.tentative ?? [];
    flow.tentative = null;
    this.#tentative.delete(flow);
    flow.sync = Sync.certain;
    for (const draft of drafts) this.#emit(flow, draft);
  }

  /** Takes tentative pairs apart. */
  #refute(flow: Flow): void {
    const drafts = flow.tentative ?? [];
    flow.tentative = null;
    this.#tentative.delete(flow);
    flow.sync = Sync.lost;
    for (const draft of drafts) this.#takeApart(flow, draft);
    const { current } = flow.responses;
    if (current !== null && current.method !== null) flow.responses.current = this.#takeApart(flow, current);
    this.#dropQueue(flow, flow.cause);
  }

  /** Returns the answer of a pair that may be none. */
  #takeApart(flow: Flow, draft: Draft): Draft {
    const answer = draft.split(++flow.position);
    answer.missing = flow.cause;
    draft.missing ??= flow.cause;
    this.settle(flow, draft);
    this.settle(flow, answer);
    return answer;
  }

  #dropQueue(flow: Flow, missing: Missing): void {
    let draft = flow.queueHead;
    flow.queueHead = null;
    flow.queueTail = null;
    flow.queueLength = 0;
    while (draft !== null) {
      const { next } = draft;
      draft.next = null;
      draft.missing ??= missing;
      draft.responseDone = true;
      this.settle(flow, draft);
      draft = next;
    }
  }
}

/** Returns whether no answer is passing. */
function isIdle(answers: Direction): boolean {
  if (answers.current !== null) return false;
  const { state } = answers;
  return state === State.start || state === State.search || state === State.estimated;
}
