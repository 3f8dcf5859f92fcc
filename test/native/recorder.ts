/** A poller whose batches are kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Batch, netlink, type Poller, type PollerOptions } from '../../native/index.js';
import { type Answer, answers } from './requests.js';

/** A batch whose arrays are copied out, as they are valid only in the callback. */
export interface Recorded extends Omit<Batch, 'data' | 'changed' | 'gone' | 'tally'> {
  readonly changed: readonly Answer[];
  readonly gone: readonly bigint[];
  readonly tally: readonly number[];
}

export function record(batch: Batch): Recorded {
  return {
    ...batch,
    changed: answers(batch.data, batch.changed),
    gone: [...batch.gone],
    tally: [...batch.tally],
  };
}

export class Recorder {
  readonly batches: Recorded[] = [];
  readonly poller: Poller;

  constructor(options: PollerOptions, onBatch: (batch: Batch) => void = () => undefined) {
    this.poller = new netlink.Poller(options, (batch) => {
      this.batches.push(record(batch));
      onBatch(batch);
    });
  }

  static start(options: PollerOptions): Recorder {
    const recorder = new Recorder(options);
    recorder.poller.start();
    return recorder;
  }

  /** Every change seen so far of the socket with this local port. */
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

/** Waits until a condition holds; fails when it does not within a time that only a fault can need. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(2);
  }
}
