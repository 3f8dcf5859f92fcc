/** A poller whose batches are kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  type AnyBatch,
  type Batch,
  type DestroyedKeys,
  netlink,
  type Poller,
  type PollerOptions,
  readQuietScans,
  type ScanFigures,
} from '../../native/index.js';
import { type Answer, answers } from './requests.js';

/** Destroy events, each with the last scanned message of its key. */
export interface Destroyed extends Omit<DestroyedKeys, 'data' | 'messages'> {
  readonly events: readonly { readonly event: Answer; readonly last: Answer | undefined }[];
}

/** A batch with copied arrays, as they are valid only in the callback. */
export interface Recorded extends Omit<Batch, 'data' | 'changed' | 'gone' | 'tally' | 'destroyed'> {
  readonly destroyed: Destroyed;
  readonly changed: readonly Answer[];
  readonly gone: readonly bigint[];
  readonly tally: readonly number[];
}

function recordDestroyed({ data, messages, ...rest }: DestroyedKeys): Destroyed {
  const events: Destroyed['events'][number][] = [];
  for (let i = 0; i + 3 < messages.length; i += 4) {
    const [event] = answers(data, messages.subarray(i, i + 2));
    const [last] = messages[i + 3] === 0 ? [] : answers(data, messages.subarray(i + 2, i + 4));
    if (event !== undefined) events.push({ event, last });
  }
  return { ...rest, events };
}

export function record(batch: Batch): Recorded {
  return {
    ...batch,
    destroyed: recordDestroyed(batch.destroyed),
    changed: answers(batch.data, batch.changed),
    gone: [...batch.gone],
    tally: [...batch.tally],
  };
}

export class Recorder {
  readonly batches: Recorded[] = [];
  /** Quiet scans, as they were delivered together. */
  readonly quiet: ScanFigures[][] = [];
  /** Destroy events of both kinds of batches, in order. */
  readonly destroyed: Destroyed[] = [];
  /** Removed sources, with the keys that went with them. */
  readonly removed: { readonly source: number; readonly gone: readonly bigint[] }[] = [];
  readonly poller: Poller;

  constructor(options: PollerOptions, onBatch: (batch: Batch) => void = () => undefined) {
    this.poller = new netlink.Poller(options, (batch: AnyBatch) => {
      if (batch.kind === 'quiet') {
        this.quiet.push(readQuietScans(batch).map((scan) => ({ ...scan, tally: scan.tally.slice() })));
        return;
      }
      this.destroyed.push(recordDestroyed(batch.destroyed));
      if (batch.kind === 'removed') this.removed.push({ source: batch.source, gone: [...batch.gone] });
      if (batch.kind !== 'scan') return;
      this.batches.push(record(batch));
      onBatch(batch);
    });
  }

  static start(options: PollerOptions): Recorder {
    const recorder = new Recorder(options);
    recorder.poller.start();
    return recorder;
  }

  /** Returns every change so far of the socket with this local port. */
  changes(sport: number, source = 0): Answer[] {
    return this.of(source).flatMap((batch) => batch.changed.filter((each) => each.sport === sport));
  }

  gone(key: bigint, source = 0): boolean {
    return this.of(source).some((batch) => batch.gone.includes(key));
  }

  of(source: number): Recorded[] {
    return this.batches.filter((batch) => batch.source === source);
  }
}

/** Waits until a condition holds; fails after a time that only a fault can need. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(2);
  }
}

/** Stops a recorder's poller when the current test ends. */
export function stopAfterTest(recorder: Recorder): Recorder {
  onTestFinished(async () => {
    await recorder.poller.stop();
  });
  return recorder;
}
