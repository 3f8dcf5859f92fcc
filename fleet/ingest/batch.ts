import { compressFrame } from '../../zstd/index.js';
import {
  FRAME_KINDS,
  type FrameKind,
  type FrameName,
  HEADERS,
  messageId,
  parseMessageId,
  type SequenceName,
} from '../wire/index.js';
import { checkFrame, type PoisonReason } from './frame-check.js';
import type { Ledger } from './ledger.js';
import type { PartitionMessage } from './partition-store.js';

/** Frame that is kept. */
export interface KeptFrame {
  readonly seq: number;
  readonly name: FrameName;
  readonly rows: number;
  readonly data: Uint8Array;
}

/** Message that is set aside. */
export interface Poison {
  readonly seq: number;
  readonly id: string;
  readonly reason: PoisonReason;
  readonly data: Uint8Array;
}

/** Frames that never came. */
interface Gap extends SequenceName {
  readonly frames: number;
  readonly atMs: number;
}

/** Messages between two commits: frames by kind, without duplicates, and what was set aside. */
export class Batch {
  /** Ledger with the frames of the batch. */
  readonly ledger: Ledger;
  readonly #frames = new Map<FrameKind, KeptFrame[]>(FRAME_KINDS.map((kind) => [kind, []]));
  readonly #gaps: Gap[] = [];
  readonly poison: Poison[] = [];
  #firstMs = 0;
  #lastMs = 0;
  #lastTime = '';
  #first = 0;
  #last = 0;
  #bytes = 0;
  duplicates = 0;
  /** Number of messages. */
  messages = 0;

  /** @param ledger takes each frame */
  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** First and last message; 0 without any. */
  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  /** Times of the first and the last message, milliseconds since 1970. */
  get firstMs(): number {
    return this.#firstMs;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  get lastTime(): string {
    return this.#lastTime;
  }

  /** Bytes of frames that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of frames that never came. */
  lostFrames(kind: FrameKind): number {
    return this.#gaps.reduce((sum, gap) => (gap.kind === kind ? sum + gap.frames : sum), 0);
  }

  /** Frames of a kind in the order in which they came. */
  frames(kind: FrameKind): readonly KeptFrame[] {
    return this.#frames.get(kind) ?? [];
  }

  /** Adds a message: keeps its frame, unless it is a duplicate or has to be set aside. */
  async add(message: PartitionMessage): Promise<void> {
    const { seq, time, timeMs, id, data } = message;
    this.messages++;
    if (this.#first === 0) [this.#first, this.#firstMs] = [seq, timeMs];
    [this.#last, this.#lastMs, this.#lastTime] = [seq, timeMs, time];
    const name = parseMessageId(id);
    if (name === undefined) return this.#setAside(message, 'id');
    const [rows, first] = [countOf(message.header(HEADERS.rows)), countOf(message.header(HEADERS.first))];
    if (rows === undefined || first === undefined || first > name.frame) return this.#setAside(message, 'headers');
    const { isDuplicate, lost } = this.ledger.take(name, first, timeMs);
    if (lost > 0) this.#gaps.push({ ...name, frames: lost, atMs: timeMs });
    if (isDuplicate) {
      this.duplicates++;
      return;
    }
    const reason = await checkFrame(data, rows, name);
    if (reason !== undefined) return this.#setAside(message, reason);
    this.#frames.get(name.kind)?.push({ seq, name, rows, data });
    this.#bytes += data.length;
  }

  /**
   * Parses every line of a kind, and sets frames aside that have a broken line. Returns whether it found one.
   */
  async checkAll(kind: FrameKind): Promise<boolean> {
    const kept: KeptFrame[] = [];
    const before = this.frames(kind);
    for (const frame of before) {
      const reason = await checkFrame(frame.data, frame.rows, frame.name, true);
      if (reason === undefined) kept.push(frame);
      else this.poison.push({ seq: frame.seq, id: idOf(frame), reason, data: frame.data });
    }
    this.#frames.set(kind, kept);
    return kept.length < before.length;
  }

  /** Returns a frame with a line for each gap, as losses have them; undefined without gaps. */
  async gapFrame(): Promise<{ readonly data: Uint8Array; readonly rows: number } | undefined> {
    if (this.#gaps.length === 0) return undefined;
    const lines = this.#gaps.map(({ cluster, node, kind, epoch, frames, atMs }) => {
      const at = `${Math.trunc(atMs)}000000`;
      const texts = JSON.stringify({ cluster, node, kind, reason: 'gap', epoch, frames });
      // Integers of nanoseconds, which a number could not hold.
      return `${texts.slice(0, -1)},"since":${at},"until":${at}}\n`;
    });
    return { data: await compressFrame(Buffer.from(lines.join(''))), rows: lines.length };
  }

  #setAside({ seq, id, data }: PartitionMessage, reason: PoisonReason): void {
    this.poison.push({ seq, id, reason, data });
  }
}

function idOf({ name }: KeptFrame): string {
  return messageId(name);
}

function countOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
