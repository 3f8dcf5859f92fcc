import type { Draft } from './draft.js';
import type { Missing, NotHttp } from './exchange.js';
import { type Direction, type Flow, Role, State } from './flow.js';
import type { Pairing } from './pairing.js';
import type { Tally } from './tally.js';

/** Segments of a connection that may be no HTTP before it is let go. */
const MOST_STRANGE = 4;

/** Ends of messages: whole ones, those of which bytes are missing, and of HTTP itself. */
export class Passage {
  readonly #pairing: Pairing;
  readonly #tally: Tally;

  constructor(pairing: Pairing, tally: Tally) {
    this.#pairing = pairing;
    this.#tally = tally;
  }

  /** Ends a message that is whole. */
  finish(direction: Direction, time: number): void {
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
  break(direction: Direction, cause: Missing): void {
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

  /** Counts a segment that is no HTTP, before the first head; after a few the flow is let go. */
  countStrange(direction: Direction): void {
    direction.state = State.start;
    direction.pending = null;
    if (++direction.flow.strange >= MOST_STRANGE) this.recognize(direction.flow, 'other');
  }

  /** Counts a flow as no HTTP, and lets it go. */
  recognize(flow: Flow, what: NotHttp): void {
    this.#tally.notHttp[what]++;
    this.letGo(flow);
  }

  /** Reads no more of a flow. */
  letGo(flow: Flow): void {
    for (const direction of [flow.a, flow.b]) {
      direction.state = State.opaque;
      direction.current = null;
      direction.pending = null;
    }
    this.#pairing.close(flow, 'response');
  }
}
