import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { IngestMetrics } from '../../metrics/index.js';
import { FRAME_KINDS, type FrameKind, partitionText } from '../wire/index.js';
import { Batch } from './batch.js';
import { type Dataset, DatasetError, RowsError } from './dataset.js';
import { type Intent, Ledger } from './ledger.js';
import { type PartitionInfo, type PartitionStore, StoreError } from './partition-store.js';

/** Time between two looks for messages, milliseconds. */
const IDLE_MS = 250;
/** Most messages of a batch: their ids and numbers are in memory. */
const MOST_MESSAGES = 100_000;
/** Delay after a failure, and the longest, milliseconds. */
const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 30_000;
/** Share of the stream from which on all messages that are in files are removed. */
const FULL_SHARE = 0.5;

/** Options of {@link PartitionIngest}. */
export interface PartitionIngestOptions {
  readonly partition: number;
  readonly store: PartitionStore;
  readonly dataset: Pick<Dataset, 'write' | 'setAside'>;
  /** Age of a batch's first message at which its files are made, milliseconds. */
  readonly fileAgeMs: number;
  /** Bytes of frames at which files are made. */
  readonly fileBytes: number;
  /** Time for which messages stay in the stream after they are in files, for others that read it, milliseconds. */
  readonly keepMs: number;
  /** True to end when there is no message left. */
  readonly once: boolean;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}

/**
 * Brings the messages of one partition into files, each frame once. What is about to be made into files is written to
 * the ledger first: after a crash the same messages make the same files under the same names.
 */
export class PartitionIngest {
  readonly #options: PartitionIngestOptions;
  readonly #trouble: TroubleLog;
  readonly #stopping = new AbortController();
  #ledger = Ledger.create('');
  #revision: number | undefined;
  /** Last messages of commits, and when: those that are old enough may be removed. */
  #committed: { readonly seq: number; readonly atMs: number }[] = [];
  #asideMessages = 0;

  constructor(options: PartitionIngestOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log, { quietMs: 0 });
  }

  /** Number of messages that were set aside. */
  get asideMessages(): number {
    return this.#asideMessages;
  }

  /** Ends {@link run}: what is gathered is made into files. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Makes files until it is stopped, or with `once` until there is no message left. What fails is tried again.
   * Returns whether everything that was gathered is in files.
   * @throws OwnerError when another process has the partition
   */
  async run(): Promise<boolean> {
    let delayMs = FIRST_DELAY_MS;
    while (true) {
      try {
        await this.#load();
        await this.#ingest(() => {
          delayMs = FIRST_DELAY_MS;
        });
        return true;
      } catch (error) {
        if (!(error instanceof StoreError || error instanceof DatasetError)) throw error;
        this.#options.metrics.failures.inc();
        const fields = { partition: this.#options.partition, error: error.message };
        this.#trouble.failed('rows cannot be made into files; messages wait in the broker', fields);
      }
      if (this.#isStopping) return false;
      await this.#pause(delayMs * (0.5 + Math.random() / 2));
      delayMs = Math.min(delayMs * 2, MOST_DELAY_MS);
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #ingest(onCommit: () => void): Promise<void> {
    const { intent } = this.#ledger.state;
    if (intent !== undefined) {
      this.#options.metrics.redone.inc();
      await this.#commit(await this.#readAgain(intent));
    }
    while (true) {
      const batch = new Batch(this.#ledger.copy());
      const isEnd = await this.#gather(batch);
      if (batch.last > 0) {
        await this.#announce(batch);
        await this.#commit(batch);
        this.#trouble.succeeded('rows are made into files again', { partition: this.#options.partition });
        onCommit();
      }
      if (this.#isStopping || (isEnd && this.#options.once)) return;
    }
  }

  /** Reads the ledger, and compares it with the stream. @throws StoreError */
  async #load(): Promise<void> {
    const { store, partition } = this.#options;
    const info = await store.info();
    const stored = await store.readLedger();
    const ledger = stored === undefined ? Ledger.create(info.created) : Ledger.decode(stored.text);
    if (ledger === undefined) throw new StoreError(`the ledger of partition ${partition} has a form that is not known`);
    this.#ledger = ledger;
    this.#revision = stored?.revision;
    if (ledger.state.stream !== info.created) {
      // The stream was deleted and created anew: its messages have numbers from 1 again, and other names of files.
      ledger.state = { ...ledger.state, stream: info.created, seq: 0, time: '', intent: undefined };
    } else if (!(await this.#isThere(ledger, info))) {
      this.#truncated(ledger, info);
    }
  }

  /** Returns whether the stream still has, or once had, the last message that is in files. */
  async #isThere({ state: { seq, time } }: Ledger, { lastSeq }: PartitionInfo): Promise<boolean> {
    if (seq === 0) return true;
    if (lastSeq < seq) return false;
    const message = await this.#options.store.next(seq);
    return message === undefined || message.seq !== seq || message.time === time;
  }

  /** A broker that lost acknowledged messages gives their numbers again: everything is read, and seen frames left out. */
  #truncated(ledger: Ledger, { firstSeq, lastSeq }: PartitionInfo): void {
    const { seq, generation } = ledger.state;
    this.#options.metrics.truncated.inc();
    this.#options.log.error('the broker lost messages that it had acknowledged; reading the stream from its start', {
      ...{ partition: this.#options.partition, ledger_seq: seq, last_seq: lastSeq },
    });
    const restarted = { seq: Math.max(0, firstSeq - 1), time: '', generation: generation + 1, intent: undefined };
    ledger.state = { ...ledger.state, ...restarted };
  }

  /** Adds messages until the batch is full or old. Returns true if there is no further message. */
  async #gather(batch: Batch): Promise<boolean> {
    const { store, fileAgeMs, fileBytes, metrics, partition, once } = this.#options;
    let seq = this.#ledger.state.seq + 1;
    let beganMs = monotonicMs();
    while (!this.#isStopping) {
      const message = await store.next(seq);
      if (message === undefined) {
        metrics.lagMessages.set(partitionText(partition), 0);
        metrics.lagSeconds.set(partitionText(partition), 0);
        if (once) return true;
        if (batch.last > 0 && monotonicMs() - beganMs >= fileAgeMs) return true;
        await this.#pause(IDLE_MS);
        continue;
      }
      if (batch.last === 0) {
        beganMs = monotonicMs();
        await this.#measureLag(message.seq, message.timeMs);
      }
      await batch.add(message);
      seq = message.seq + 1;
      const isOld = message.timeMs - batch.firstMs >= fileAgeMs || monotonicMs() - beganMs >= fileAgeMs;
      if (isOld || batch.bytes >= fileBytes || batch.messages >= MOST_MESSAGES) return false;
    }
    return false;
  }

  async #measureLag(seq: number, timeMs: number): Promise<void> {
    const { store, metrics, partition } = this.#options;
    const { lastSeq } = await store.info();
    metrics.lagMessages.set(partitionText(partition), Math.max(0, lastSeq - seq));
    metrics.lagSeconds.set(partitionText(partition), Math.max(0, Date.now() - timeMs) / 1000);
  }

  /** Reads the messages of an intent once more. @throws StoreError */
  async #readAgain({ first, last }: Intent): Promise<Batch> {
    const { store, log, partition } = this.#options;
    log.info('a commit was broken off; its files are made again', { partition, first, last });
    const batch = new Batch(this.#ledger.copy());
    for (let seq = first; seq <= last; ) {
      const message = await store.next(seq);
      if (message === undefined || message.seq > last) break;
      await batch.add(message);
      seq = message.seq + 1;
    }
    return batch;
  }

  async #announce({ first, last }: Batch): Promise<void> {
    this.#ledger.state = { ...this.#ledger.state, intent: { first, last } };
    await this.#save(this.#ledger);
  }

  async #save(ledger: Ledger): Promise<void> {
    this.#revision = await this.#options.store.writeLedger(ledger.encode(), this.#revision);
  }

  /** Writes the files of a batch, and only then the ledger, and only then removes messages. */
  async #commit(batch: Batch): Promise<void> {
    const { metrics } = this.#options;
    for (const kind of FRAME_KINDS) await this.#write(batch, kind);
    await this.#setAside(batch);
    const { ledger } = batch;
    ledger.forget(batch.lastMs);
    const { stream, generation } = this.#ledger.state;
    ledger.state = { stream, generation, seq: batch.last, time: batch.lastTime, intent: undefined };
    await this.#save(ledger);
    this.#ledger = ledger;
    this.#asideMessages += batch.poison.length;
    metrics.duplicates.inc(batch.duplicates);
    for (const { reason } of batch.poison) metrics.poison.inc(reason);
    for (const kind of FRAME_KINDS) {
      const frames = batch.frames(kind);
      metrics.messages.inc(kind, frames.length);
      metrics.rows.inc(
        kind,
        frames.reduce((sum, { rows }) => sum + rows, 0),
      );
      metrics.lostFrames.inc(kind, batch.lostFrames(kind));
    }
    this.#committed.push({ seq: batch.last, atMs: monotonicMs() });
    await this.#trim();
  }

  /** Writes the file of a kind, without frames that are no rows. @throws DatasetError */
  async #write(batch: Batch, kind: FrameKind): Promise<void> {
    const { dataset, metrics } = this.#options;
    while (true) {
      const gaps = kind === 'l' ? await batch.gapFrame() : undefined;
      const frames = batch.frames(kind);
      if (frames.length === 0 && gaps === undefined) return;
      try {
        await dataset.write({
          kind,
          name: this.#nameOf(`${batch.first}-${batch.last}`),
          frames: [...frames.map(({ data }) => data), ...(gaps === undefined ? [] : [gaps.data])],
          rows: frames.reduce((sum, { rows }) => sum + rows, gaps?.rows ?? 0),
          receivedMs: batch.firstMs,
        });
        metrics.files.inc(kind);
        return;
      } catch (error) {
        if (!(error instanceof RowsError)) throw error;
        // A broken line fails the whole file.
        if (!(await batch.checkAll(kind))) throw new DatasetError(this.#nameOf(`${batch.first}-${batch.last}`), error);
      }
    }
  }

  async #setAside({ poison }: Batch): Promise<void> {
    const { dataset, log, partition } = this.#options;
    for (const { seq, id, reason, data } of poison) {
      const name = this.#nameOf(String(seq));
      await dataset.setAside(name, data, { id, reason, seq, partition });
      log.error('message set aside: it has no rows that can be trusted', { name, reason, id });
    }
  }

  /** Returns a name of files that no other messages have. */
  #nameOf(messages: string): string {
    const { stream, generation } = this.#ledger.state;
    const created = Math.floor(Date.parse(stream) / 1000).toString(36);
    return `${partitionText(this.#options.partition)}-${created}-${generation === 0 ? '' : `g${generation}-`}${messages}`;
  }

  /**
   * Removes messages that are in files, but never the last of them: nats-server 2.9 loses messages when it is to remove
   * beyond its last one.
   */
  async #trim(): Promise<void> {
    const { store, keepMs } = this.#options;
    const { bytes, maxBytes } = await store.info();
    const isFull = maxBytes > 0 && bytes > maxBytes * FULL_SHARE;
    const nowMs = monotonicMs();
    const done = this.#committed.filter(({ atMs }) => isFull || nowMs - atMs >= keepMs);
    const last = done.at(-1);
    if (last === undefined) return;
    await store.trim(last.seq);
    this.#committed = this.#committed.filter(({ seq }) => seq > last.seq);
  }

  async #pause(ms: number): Promise<void> {
    // Only the stop ends it early.
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

function monotonicMs(): number {
  return performance.now();
}
