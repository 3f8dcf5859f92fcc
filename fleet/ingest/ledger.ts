import type { FrameName, SequenceName } from '../wire/index.js';

/** Version of the ledger's form. */
const VERSION = 1;
/** Time without a frame after which a sequence is forgotten, milliseconds. */
const FORGET_MS = 7 * 24 * 3600e3;

/** Frames of one sequence that were seen: all up to `hi`, and those of `over` beyond a gap. */
interface Sequence {
  hi: number;
  over: number[];
  /** Time of the latest message, milliseconds since 1970, by the broker's clock. */
  atMs: number;
}

/** Messages that are being made into files, first and last sequence of the stream. */
export interface Intent {
  readonly first: number;
  readonly last: number;
}

/** State of a partition in the broker, between two commits. */
export interface LedgerState {
  /** Time when the stream was created, RFC 3339: a stream that is created anew begins again. */
  readonly stream: string;
  /** Last message whose rows are in files, and its time; 0 before the first. */
  readonly seq: number;
  readonly time: string;
  /** Number of times that the broker lost messages that were in files: numbers of messages came again since. */
  readonly generation: number;
  readonly intent: Intent | undefined;
}

/** Result of {@link Ledger.take}. */
export interface Taken {
  readonly isDuplicate: boolean;
  /** Number of frames before this one that are lost: they can no longer come. */
  readonly lost: number;
}

/**
 * Frames of a partition that have been seen, and the messages that are in files. Changed in memory, and written to the
 * broker at each commit. Pure.
 */
export class Ledger {
  state: LedgerState;
  readonly #sequences: Map<string, Sequence>;

  private constructor(state: LedgerState, sequences: Map<string, Sequence>) {
    this.state = state;
    this.#sequences = sequences;
  }

  /** Returns the ledger of a stream from which nothing was read. */
  static create(stream: string): Ledger {
    return new Ledger({ stream, seq: 0, time: '', generation: 0, intent: undefined }, new Map());
  }

  /** Decodes a ledger; undefined for bytes of another form. */
  static decode(text: string): Ledger | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined; // the caller says whose it is
    }
    if (!isObject(value)) return undefined;
    const { v, stream, seq, time, generation, intent, nodes } = value;
    if (v !== VERSION || typeof stream !== 'string' || !isCount(seq) || typeof time !== 'string') return undefined;
    if (!isCount(generation)) return undefined;
    const messages = intent === undefined ? undefined : decodeIntent(intent);
    if ((intent !== undefined && messages === undefined) || !isObject(nodes)) return undefined;
    const sequences = new Map<string, Sequence>();
    for (const [key, entry] of Object.entries(nodes)) {
      if (!isObject(entry)) return undefined;
      const { hi, over, at } = entry;
      if (typeof hi !== 'number' || !Array.isArray(over) || !over.every(isCount) || !isCount(at)) return undefined;
      sequences.set(key, { hi, over: [...over], atMs: at });
    }
    return new Ledger({ stream, seq, time, generation, intent: messages }, sequences);
  }

  /** Encodes the ledger as JSON. */
  encode(): string {
    const { stream, seq, time, generation, intent } = this.state;
    const nodes = Object.fromEntries(
      Array.from(this.#sequences, ([key, { hi, over, atMs }]) => [key, { hi, over, at: atMs }]),
    );
    return JSON.stringify({
      v: VERSION,
      stream,
      seq,
      time,
      generation,
      ...(intent === undefined ? {} : { intent }),
      nodes,
    });
  }

  /** Returns a copy, so that a commit that is given up changes nothing. */
  copy(): Ledger {
    const sequences = Array.from(this.#sequences, ([key, { hi, over, atMs }]): [string, Sequence] => [
      key,
      { hi, over: [...over], atMs },
    ]);
    return new Ledger(this.state, new Map(sequences));
  }

  /** Number of sequences that are remembered. */
  get sequences(): number {
    return this.#sequences.size;
  }

  /**
   * Takes a frame. One that was seen before is a duplicate, however late.
   * @param first lowest frame of its sequence that may still come
   * @param atMs time of the message, milliseconds since 1970
   */
  take(name: FrameName, first: number, atMs: number): Taken {
    const key = keyOf(name);
    const sequence = this.#sequences.get(key) ?? { hi: -1, over: [], atMs };
    this.#sequences.set(key, sequence);
    sequence.atMs = Math.max(sequence.atMs, atMs);
    const { frame } = name;
    const isDuplicate = frame <= sequence.hi || sequence.over.includes(frame);
    const lost = passTo(sequence, Math.min(first, frame) - 1);
    if (!isDuplicate && frame > sequence.hi) sequence.over.push(frame);
    absorb(sequence);
    return { isDuplicate, lost };
  }

  /** Forgets sequences that have been silent for a week at a time. */
  forget(nowMs: number): void {
    for (const [key, { atMs }] of this.#sequences) if (nowMs - atMs > FORGET_MS) this.#sequences.delete(key);
  }
}

/** Moves a sequence up to a frame. Returns how many frames below were never seen. */
function passTo(sequence: Sequence, frame: number): number {
  if (frame <= sequence.hi) return 0;
  const seen = sequence.over.filter((each) => each <= frame).length;
  const lost = frame - sequence.hi - seen;
  sequence.hi = frame;
  sequence.over = sequence.over.filter((each) => each > frame);
  return lost;
}

function absorb(sequence: Sequence): void {
  sequence.over.sort((a, b) => a - b);
  while (sequence.over[0] === sequence.hi + 1) {
    sequence.over.shift();
    sequence.hi++;
  }
}

function keyOf({ cluster, node, epoch, kind }: SequenceName): string {
  return `${cluster}/${node}/${epoch}/${kind}`;
}

function decodeIntent(value: unknown): Intent | undefined {
  if (!isObject(value)) return undefined;
  const { first, last } = value;
  return isCount(first) && isCount(last) ? { first, last } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
