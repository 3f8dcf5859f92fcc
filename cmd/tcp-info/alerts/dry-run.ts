import { timestampToUs } from '../../../analysis/index.js';
import { archivedCgroup, archivedProcess } from '../../../archive/store/index.js';
import { ChangeReason, type Connection, StateSlots } from '../../../cache/index.js';
import { decodeSockId, readFamily, readState } from '../../../inetdiag/index.js';
import { AlertEngine } from '../../../live/alerts/index.js';
import type { AlertRule } from '../../../live/alerts/rules/index.js';
import { LimitMeter } from '../../../live/limits/index.js';
import { LiveStore, type OwnerSearch, socketInode } from '../../../live/store/index.js';
import type { AlertTransitionJson } from '../../../live/wire/index.js';
import type { ArchivedProcess, Metadata } from '../../../parse/index.js';
import { TcpState } from '../../../tcp/index.js';
import type { PlayedRecord } from './play-archives.js';
import type { RecordedConnection } from './recorded-connection.js';

const SECOND_US = 1e6;
/** Interval between two walks of the limit meter, as in the collector. */
const WALK_US = 100_000;
/** Seconds end a little late, as in the collector. */
const JUST_AFTER_US = 2000;
/** Time from which on a pause without any open connection is cut short: longer than any clock of a rule. */
const LONGEST_PAUSE_US = 8 * 86_400 * SECOND_US;
/** Connections that began so much after the first record began while they were watched. */
const WATCHED_AFTER_US = SECOND_US;
const SCAN_US = 10_000;

/** Result of a dry run. */
export interface DryRunResult {
  readonly connections: number;
  /** Time of the first and the last record, microseconds since 1970; undefined without records. */
  readonly fromUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly transitions: readonly AlertTransitionJson[];
}

/**
 * Plays records through the store of the collector and the same rules, by the time of the records, which come in the
 * order of time.
 */
export async function dryRun(
  rules: readonly AlertRule[],
  records: AsyncGenerator<PlayedRecord, void, undefined>,
): Promise<DryRunResult> {
  const first = await records.next();
  if (first.done === true) return { connections: 0, fromUs: undefined, untilUs: undefined, transitions: [] };
  // The store begins with a full second: else its first one would be longer than the others.
  const run = new DryRun(rules, first.value.timeUs);
  run.take(first.value);
  let untilUs = first.value.timeUs;
  for await (const played of records) {
    await run.passTo(played.timeUs);
    untilUs = played.timeUs;
    run.take(played);
  }
  await run.passTo(untilUs + SECOND_US);
  return { connections: run.connections, fromUs: first.value.timeUs, untilUs, transitions: run.transitions };
}

/** Store and rules whose time is that of records. */
class DryRun {
  readonly #slots = new StateSlots();
  readonly #store: LiveStore;
  readonly #limits: LimitMeter;
  readonly #engine: AlertEngine;
  readonly #owners = new ArchivedOwners();
  readonly #open = new Map<RecordedConnection, Connection>();
  readonly transitions: AlertTransitionJson[] = [];
  connections = 0;
  readonly #firstUs: number;
  #nowUs: number;
  #nextWalkUs: number;
  #nextSecondUs: number;
  #isFromZero = false;

  /** @param firstUs time of the first record, microseconds since 1970 */
  constructor(rules: readonly AlertRule[], firstUs: number) {
    this.#firstUs = firstUs;
    const secondUs = Math.floor(firstUs / SECOND_US) * SECOND_US;
    this.#nowUs = secondUs + JUST_AFTER_US;
    this.#nextSecondUs = secondUs + SECOND_US;
    this.#nextWalkUs = firstUs + WALK_US;
    const onFault = (error: unknown): never => {
      throw error;
    };
    // Work is done at once: slices only leave time for others.
    const later = (work: () => void): void => work();
    const isWatched = (): boolean => this.#isFromZero;
    this.#store = new LiveStore({
      slots: this.#slots,
      historySec: 1,
      maxHistoryBytes: 2 ** 20,
      keepClosedSec: 0,
      scanUs: SCAN_US,
      isWatched,
      owners: this.#owners,
      nowUs: () => this.#nowUs,
      elapsedMs: () => this.#nowUs / 1000,
      ...{ later, onFault },
    });
    this.#limits = new LimitMeter({ slots: this.#slots, isWatched, onParts: this.#store.limited, later });
    this.#engine = new AlertEngine({
      ...{ rules, source: this.#store, channels: new Map(), later, onFault },
      elapsedMs: () => this.#nowUs / 1000,
      onRefused: () => undefined,
    });
    const { history } = this.#engine;
    history.onAdded(() => this.transitions.push(...history.since(history.seq - 1)));
  }

  /** Takes a record, whose time is now. */
  take({ record, connection: recorded, isFirst }: PlayedRecord): void {
    const { rawIdm } = record;
    if (rawIdm === undefined) return;
    const known = this.#open.get(recorded);
    this.#owners.learn(socketInode(rawIdm), recorded.metadata?.process);
    if (known === undefined) {
      if (isFirst) this.connections++;
      const { metadata } = recorded;
      this.#isFromZero = isFirst && startsAt(metadata) > this.#firstUs + WATCHED_AFTER_US;
      const opened = connectionOf(recorded, record, rawIdm, this.#slots);
      this.#open.set(recorded, opened);
      this.#limits.opened(opened);
      this.#store.opened(opened);
    } else {
      const before = known.last.rawIdm;
      const isStateChange = before !== undefined && readState(before) !== readState(rawIdm);
      const reason = isStateChange ? ChangeReason.IDiagStateChange : ChangeReason.NewAttribute;
      known.last = record;
      this.#limits.changed(known, reason);
      this.#store.changed(known, reason);
    }
    if (readState(rawIdm) === TcpState.CLOSE) this.#close(recorded, record.timestamp);
  }

  #close(recorded: RecordedConnection, timestamp: string): void {
    const connection = this.#open.get(recorded);
    if (connection === undefined) return;
    this.#open.delete(recorded);
    this.#limits.closed(connection, { cause: 'event', timestamp });
    this.#store.closed(connection, { cause: 'event', timestamp });
  }

  /** Lets time pass up to a record: ends seconds, and looks at rules after each. */
  async passTo(timeUs: number): Promise<void> {
    if (this.#open.size === 0 && timeUs - this.#nextSecondUs > 2 * LONGEST_PAUSE_US) {
      await this.passTo(this.#nextSecondUs + LONGEST_PAUSE_US);
      this.#nextSecondUs = Math.floor(timeUs / SECOND_US) * SECOND_US;
      this.#nextWalkUs = this.#nextSecondUs;
    }
    while (Math.min(this.#nextWalkUs, this.#nextSecondUs + JUST_AFTER_US) <= timeUs) {
      if (this.#nextWalkUs < this.#nextSecondUs + JUST_AFTER_US) {
        this.#nowUs = this.#nextWalkUs;
        this.#nextWalkUs += WALK_US;
        this.#limits.walk();
      } else {
        this.#nowUs = this.#nextSecondUs + JUST_AFTER_US;
        this.#nextSecondUs += SECOND_US;
        this.#limits.walk();
        this.#store.tick();
        await this.#engine.evaluate();
      }
    }
    this.#nowUs = timeUs;
  }
}

function startsAt(metadata: Metadata | undefined): number {
  return metadata === undefined || metadata.sequence > 0 ? 0 : timestampToUs(metadata.startTime);
}

function connectionOf(
  { metadata, name }: RecordedConnection,
  record: Connection['last'],
  rawIdm: Uint8Array,
  slots: StateSlots,
): Connection {
  const id = decodeSockId(rawIdm);
  const netns = metadata?.netns;
  return {
    cookie: id.cookie,
    uuid: metadata?.uuid ?? name,
    ...(netns === undefined ? {} : { netns }),
    family: readFamily(rawIdm),
    id,
    startTime: metadata?.startTime ?? record.timestamp,
    firstSeen: 'scan',
    slots: slots.emptyValues(),
    provenance: { scan: 0, unchangedUntil: undefined, reason: ChangeReason.NewAttribute },
    last: record,
  };
}

/** Processes of sockets, as archives have them. */
class ArchivedOwners implements OwnerSearch {
  readonly readsOthers = true;
  /** Processes by the inode of their socket. */
  readonly #processes = new Map<number, ArchivedProcess>();

  learn(inode: number, process: ArchivedProcess | undefined): void {
    if (inode !== 0 && process !== undefined) this.#processes.set(inode, process);
  }

  want(): void {
    // The archive says all there is.
  }

  ended: OwnerSearch['ended'] = ({ inode }) => {
    this.#processes.delete(inode);
  };

  setOwner: OwnerSearch['setOwner'] = (owner, { inode }) => {
    const known = this.#processes.get(inode);
    owner.process = archivedProcess(known);
    owner.processUnknown = owner.process === null ? 'off' : null;
    owner.cgroup = archivedCgroup(known);
  };
}
