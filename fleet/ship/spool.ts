import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { listenAt, type SocketFile } from '../../files/index.js';
import { STREAM_KINDS, type StreamKind } from '../../live/stream/index.js';
import { type Cursor, type Positions, readCursor, writeCursor } from './cursor.js';
import { KindSpool } from './kind-spool.js';
import { ShipError } from './ship-error.js';
import type { SpoolFrame } from './spool-segment.js';

/** Order in which kinds are sent: losses first, snapshots last. */
const ORDER: readonly StreamKind[] = ['l', 'c', 'o', 's'];
const NOTHING: Positions = { c: {}, o: {}, l: {}, s: {} };
const LOCK = '.ship';

/** Options of {@link Spool.open}. */
export interface SpoolOptions {
  readonly folder: string;
  /** Number of partitions that frames go to. */
  readonly partitions: number;
  /** Called with the number of frames that were deleted before they were sent. */
  readonly onGap: (kind: StreamKind, frames: number) => void;
  /** Called with a file that was set aside. */
  readonly onAside: (path: string) => void;
}

/** Folder of segments, which this process alone carries away. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #kinds: ReadonlyMap<StreamKind, KindSpool>;
  readonly #lock: Server;
  readonly #lockFile: SocketFile;
  #written: string;

  private constructor(options: SpoolOptions, cursor: Cursor | undefined, lock: Server, lockFile: SocketFile) {
    const { folder, onGap, onAside } = options;
    this.#options = options;
    this.#lock = lock;
    this.#lockFile = lockFile;
    this.#written = JSON.stringify(cursor?.positions);
    const positions = cursor?.positions ?? NOTHING;
    this.#kinds = new Map(
      ORDER.map((kind) => [
        kind,
        new KindSpool({
          ...{ folder, kind, positions: positions[kind] },
          onGap: (frames) => onGap(kind, frames),
          onDamaged: onAside,
        }),
      ]),
    );
  }

  /**
   * Takes the folder for this process, and finds where the last one ended.
   * @throws ShipError also when another process has it, and when frames may be on their way to other partitions
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { folder, partitions } = options;
    const path = join(folder, LOCK);
    const lock = createServer((socket) => socket.destroy());
    let lockFile: SocketFile;
    try {
      lockFile = await listenAt(lock, path, 0o600);
    } catch (error) {
      throw new ShipError('lock', path, error);
    }
    lock.unref();
    try {
      const cursor = await readCursor(folder);
      const spool = new Spool(options, cursor, lock, lockFile);
      await spool.look();
      if (cursor !== undefined && cursor.partitions !== partitions && (await spool.take()) !== undefined) {
        const reason = `its frames go to ${cursor.partitions} partitions, not ${partitions}: send them with --partitions=${cursor.partitions} --once first`;
        throw new ShipError('read the cursor in', folder, reason);
      }
      return spool;
    } catch (error) {
      lockFile.remove();
      lock.close();
      throw error;
    }
  }

  /** Bytes of frames that are not acknowledged. */
  get backlogBytes(): number {
    return this.#sum(({ backlogBytes }) => backlogBytes);
  }

  /** Time at which the oldest segment with frames to send was last written, milliseconds since 1970. */
  get oldestMs(): number | undefined {
    const times = [...this.#kinds.values()].flatMap(({ oldestMs }) => (oldestMs === undefined ? [] : [oldestMs]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Looks for new segments, and deletes those that are done. @throws ShipError */
  async look(): Promise<void> {
    const kinds = [...this.#kinds.values()];
    for (const kind of kinds) await kind.look();
    if (!kinds.some(({ hasDone }) => hasDone)) return;
    // First, so that the next start does not miss the frames that are deleted.
    await this.save();
    for (const kind of kinds) await kind.clean();
  }

  /** Returns the next frame to send; undefined if nothing can be sent at the moment. @throws ShipError */
  async take(): Promise<SpoolFrame | undefined> {
    for (const kind of this.#kinds.values()) {
      const frame = await kind.take();
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** Returns the first frame of a frame's sequence that is not acknowledged. */
  lowOf({ kind, epoch, number }: SpoolFrame): number {
    return this.#kinds.get(kind)?.lowOf(epoch) ?? number;
  }

  /** Writes a frame that no broker takes to a file of its own. @throws ShipError */
  async setAside(frame: SpoolFrame): Promise<void> {
    const { kind, epoch, number, bytes } = frame;
    const path = join(this.#options.folder, kind, `${epoch}.${number}.frame.bad`);
    try {
      await writeFile(path, bytes, { mode: 0o640 });
    } catch (error) {
      throw new ShipError('set aside', path, error);
    }
    this.#options.onAside(path);
    frame.segment.acknowledge(frame);
  }

  /** Writes the cursor if it has changed. @throws ShipError */
  async save(): Promise<void> {
    const { folder, partitions } = this.#options;
    const positions = Object.fromEntries(
      STREAM_KINDS.map((kind) => [kind, this.#kinds.get(kind)?.positions ?? {}]),
    ) as Record<StreamKind, Record<string, number>>;
    const text = JSON.stringify(positions);
    if (text === this.#written) return;
    await writeCursor(folder, { partitions, positions });
    this.#written = text;
  }

  /** Leaves the folder to another process. */
  close(): void {
    this.#lockFile.remove();
    this.#lock.close();
  }

  #sum(bytesOf: (kind: KindSpool) => number): number {
    let sum = 0;
    for (const kind of this.#kinds.values()) sum += bytesOf(kind);
    return sum;
  }
}

/** Orders frames as they are sent. */
export function compareFrames(a: SpoolFrame, b: SpoolFrame): number {
  const byKind = ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);
  if (byKind !== 0 || a.epoch === b.epoch) return byKind === 0 ? a.number - b.number : byKind;
  return a.segment.epoch < b.segment.epoch ? -1 : 1;
}
