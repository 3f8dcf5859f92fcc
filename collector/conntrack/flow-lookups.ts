import type { Connection, ConnectionObserver, StateSlot, StateSlots } from '../../cache/index.js';
import {
  ConntrackStatus,
  type Flow,
  type FlowEndpoint,
  type SocketNat,
  socketNat,
  type TcpEnds,
} from '../../conntrack/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { ConntrackMetrics } from '../../metrics/index.js';
import type { Requester } from '../../native/index.js';
import { formatAddress } from '../../netlink/index.js';
import type { ArchivedFlow, ArchivedTuple, Netns } from '../../parse/index.js';
import { type FlowAnswer, NamespaceLookups, type WantedFlow } from './namespace-lookups.js';
import { SecondTries } from './second-tries.js';

/** Options of {@link FlowLookups}. */
export interface FlowLookupsOptions {
  readonly slots: StateSlots;
  /** True to keep flows without translation, too. */
  readonly keepsAll: boolean;
  /**
   * True to look up no flow in a network namespace that tracks nothing (default: false). It is looked at with each scan
   * that has new connections, so that look-ups begin as soon as the kernel tracks one.
   */
  readonly onlyWhereTracked?: boolean;
  /** Creates the thread that asks in a network namespace, given by an open file; absent for the own one. */
  readonly createRequester: (namespace?: number) => Pick<Requester, 'ask' | 'close'>;
  readonly metrics: ConntrackMetrics;
  readonly log: Logger;
  /** Most connections that may wait in one network namespace (default 65,536). */
  readonly maxWaiting?: number;
  /** Time until a flow that was not there is asked for once more, milliseconds (default 1000). */
  readonly retryMs?: number;
}

/** Known flow of a connection. */
export interface KnownFlow {
  /** Undefined if no flow exists, it is not translated, or it is not known yet. */
  readonly flow: ArchivedFlow | undefined;
}

/** Flow of a connection as it may be shown, and its translation; null without one. */
export interface KnownTranslation {
  readonly flow: ArchivedFlow;
  readonly nat: {
    readonly kind: SocketNat['kind'];
    readonly destination: string | null;
    readonly source: string | null;
  } | null;
}

/**
 * State of a connection, and its request. One object, which does not keep the connection in memory: with thousands of
 * connections opened a second, most of the cost of a look-up is memory.
 */
class Lookup implements KnownFlow, WantedFlow {
  flow: ArchivedFlow | undefined;
  isOpen = true;
  /** True while a request is on its way. */
  isAsking = false;
  /** True when the flow is asked for once more. */
  isSecond = false;
  readonly netns: Netns | undefined;
  readonly family: number;
  readonly ends: TcpEnds;
  /** Functions to call when the request is answered. */
  #waiting: (() => void)[] | undefined;
  readonly #onAnswer: (lookup: Lookup, answer: FlowAnswer) => void;

  constructor({ netns, family, id }: Connection, onAnswer: (lookup: Lookup, answer: FlowAnswer) => void) {
    this.netns = netns;
    this.family = family;
    this.ends = id;
    this.#onAnswer = onAnswer;
  }

  answered(answer: FlowAnswer): void {
    this.#onAnswer(this, answer);
  }

  /** Calls a function when the request is answered. */
  wait(run: () => void): void {
    this.#waiting ??= [];
    this.#waiting.push(run);
  }

  /** Calls the functions that wait. */
  settle(): void {
    this.isAsking = false;
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    for (const run of waiting) run();
  }
}

const TRANSLATED = ConntrackStatus.SRC_NAT | ConntrackStatus.DST_NAT;
const MAX_WAITING = 65_536;
const RETRY_MS = 1000;
/** Longest wait for answers at the end, milliseconds. The kernel answers within microseconds. */
const PATIENCE_MS = 1000;

/**
 * Flows of connections in connection tracking. Each connection's flow is asked for when it opens, and once more a
 * second later if none was found.
 */
export class FlowLookups {
  readonly #options: FlowLookupsOptions;
  readonly #slot: StateSlot<Lookup>;
  readonly #places = new Map<Netns | undefined, NamespaceLookups>();
  /** Ends of namespaces that are no longer recorded, until their last answer. */
  readonly #leaving = new Map<NamespaceLookups, Promise<void>>();
  readonly #trouble: TroubleLog;
  readonly #retries: SecondTries;
  /** Observer that asks. It must be called before observers that want to know the flow of an ended connection. */
  readonly observer: ConnectionObserver = {
    opened: (connection) => this.#open(connection),
    closed: ({ slots }) => {
      const lookup = this.#slot.get(slots);
      if (lookup !== undefined) lookup.isOpen = false;
    },
  };

  constructor(options: FlowLookupsOptions) {
    this.#options = options;
    this.#slot = options.slots.create();
    this.#trouble = new TroubleLog(options.log);
    this.#retries = new SecondTries(options.retryMs ?? RETRY_MS);
    this.#places.set(undefined, this.#createPlace());
  }

  /** Adds a network namespace that will be recorded. `fd` is an open file of it. */
  entered(netns: Netns, fd: number): void {
    this.#places.set(netns, this.#createPlace(fd, netns.name));
  }

  /** Forgets a network namespace that is no longer recorded: its thread and files end after the last answer. */
  left(netns: Netns): void {
    const place = this.#places.get(netns);
    if (place === undefined) return;
    this.#places.delete(netns);
    this.#leaving.set(
      place,
      place.close().finally(() => this.#leaving.delete(place)),
    );
  }

  /** Returns what is known of a connection's flow. The object changes when more is known. */
  knownOf({ slots }: Connection): KnownFlow | undefined {
    return this.#slot.get(slots);
  }

  /**
   * Returns a function that returns the flow of a connection, if it is known and to be kept. The function does not keep
   * the connection in memory.
   */
  readerOf({ slots }: Connection): () => ArchivedFlow | undefined {
    const known: KnownFlow | undefined = this.#slot.get(slots);
    return () => known?.flow;
  }

  /**
   * Returns a function that returns the translation of a connection, if it is known and there is one. The function does
   * not keep the connection in memory.
   */
  natReader({ slots, id, family }: Connection): () => SocketNat | undefined {
    const known: KnownFlow | undefined = this.#slot.get(slots);
    return () => {
      if (known?.flow === undefined) return undefined;
      const nat = socketNat(known.flow, { address: formatAddress(id.src, family), port: id.sport });
      return nat.kind === 'none' ? undefined : nat;
    };
  }

  /**
   * Returns a function that returns the flow of a connection with its translation, if a flow is known; else null.
   * @param shown returns a flow as it may be shown
   */
  flowReader(connection: Connection, shown: (flow: ArchivedFlow) => ArchivedFlow): () => KnownTranslation | null {
    const { id, family, slots } = connection;
    const known: KnownFlow | undefined = this.#slot.get(slots);
    return () => {
      if (known?.flow === undefined) return null;
      const local = { address: formatAddress(id.src, family), port: id.sport };
      return translationOf(known.flow, shown(known.flow), local);
    };
  }

  /** Calls a function when the request for a connection's flow is answered. Returns false if there is no request. */
  readonly whenKnown = ({ slots }: Connection, run: () => void): boolean => {
    const lookup = this.#slot.get(slots);
    if (lookup === undefined || !lookup.isAsking) return false;
    lookup.wait(run);
    return true;
  };

  /** Ends all look-ups, and waits for the answers to running requests. All functions of {@link whenKnown} are called. */
  async stop(): Promise<void> {
    this.#retries.stop();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    const places = [...this.#places.values()];
    const left = [...this.#leaving.keys()];
    const ends = [...places.map((place) => place.close()), ...this.#leaving.values()];
    await Promise.race([Promise.all(ends), patience]);
    clearTimeout(timer);
    for (const place of [...places, ...left]) place.giveUp();
  }

  #createPlace(namespace?: number, name?: string): NamespaceLookups {
    const { createRequester, keepsAll, maxWaiting = MAX_WAITING, onlyWhereTracked = false, log } = this.#options;
    return new NamespaceLookups({
      requester: createRequester(namespace),
      keeps: (status) => keepsAll || (status & TRANSLATED) !== 0,
      maxWaiting,
      skipsEmptyTable: onlyWhereTracked,
      onTracking: () =>
        log.info('connections are tracked: flows are looked up', name === undefined ? {} : { netns: name }),
      onFailure: (error) => this.#fail(error),
    });
  }

  #open(connection: Connection): void {
    // A connection that vanished from scans and is seen again has a state.
    const known = this.#slot.get(connection.slots);
    if (known !== undefined) {
      known.isOpen = true;
      return;
    }
    const lookup = new Lookup(connection, this.#onAnswer);
    this.#slot.set(connection.slots, lookup);
    this.#ask(lookup);
  }

  readonly #onAnswer = (lookup: Lookup, answer: FlowAnswer): void => {
    if (typeof answer === 'object') lookup.flow = archivedFlow(answer);
    this.#done(lookup, answer);
    lookup.settle();
  };

  #done(lookup: Lookup, answer: FlowAnswer): void {
    // The ports of an ended connection may soon be those of another.
    const mayRetry = (answer === 'none' || answer === 'untracked') && lookup.isOpen && !lookup.isSecond;
    if (!mayRetry || !this.#retry(lookup)) this.#count(answer);
  }

  #retry(lookup: Lookup): boolean {
    const { maxWaiting = MAX_WAITING } = this.#options;
    if (this.#retries.size >= maxWaiting) return false;
    lookup.isSecond = true;
    this.#retries.add(() => {
      if (lookup.isOpen) this.#ask(lookup);
      else this.#count('none');
    });
    return true;
  }

  #ask(lookup: Lookup): void {
    if (this.#places.get(lookup.netns)?.want(lookup) !== true) {
      this.#fail('too many connections wait for their flow');
      this.#done(lookup, 'failed');
      return;
    }
    lookup.isAsking = true;
  }

  #count(answer: FlowAnswer): void {
    if (answer !== 'failed') this.#trouble.succeeded('flows of connections are looked up again');
    // Nothing was looked up.
    if (answer === 'untracked') return;
    this.#options.metrics.lookups.inc(typeof answer === 'object' ? 'found' : answer);
  }

  #fail(error: string): void {
    this.#trouble.failed('flows of connections cannot be looked up (tcpinfo_conntrack_lookups_total)', { error });
  }
}

function archivedFlow({ id = 0, status = 0, orig, reply }: Flow): ArchivedFlow {
  return { id, orig: archivedTuple(orig), reply: archivedTuple(reply), status };
}

function archivedTuple({ src, sport = 0, dst, dport = 0 }: Flow['orig']): ArchivedTuple {
  return { src, sport, dst, dport };
}

/** The shown flow may have cut addresses: which end opened the connection follows from the whole one. */
function translationOf(flow: ArchivedFlow, shown: ArchivedFlow, local: FlowEndpoint): KnownTranslation {
  const hasOpened = flow.orig.src === local.address && flow.orig.sport === local.port;
  const { src, sport } = hasOpened ? shown.orig : shown.reply;
  const { kind, destination = null, source = null } = socketNat(shown, { address: src, port: sport });
  return { flow: shown, nat: kind === 'none' ? null : { kind, destination, source } };
}
