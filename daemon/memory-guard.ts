import { closeSync, openSync, readSync } from 'node:fs';
import { type Logger, TroubleLog } from '../log/index.js';

/** Part of the limit for the process's own memory; the rest is for pages of files, such as the program's own. */
const OWN_PART = 3 / 4;
/** Part of the limit that may always wait for the disk. */
const LEAST_PART = 1 / 16;
/** Part of the usual amount below which the limit counts as near. */
const NEAR = 1 / 2;
/** Interval of checks. Thousands of connections that begin at once take some 10 MiB in this time. */
const TICK_MS = 100;
/** Buffer size, larger than `/proc/self/status`. */
const STATUS_BYTES = 8 * 1024;

/** Options of a {@link MemoryGuard}. */
export interface MemoryGuardOptions {
  /** Memory limit of the cgroup, bytes. */
  readonly limitBytes: number;
  /** Most data that may wait for the disk, bytes. */
  readonly maxBufferedBytes: number;
  /** Returns the memory of data waiting for the disk, and of buffers kept for it, bytes. */
  readonly heldBytes: () => number;
  /** Called with the bytes that may wait for the disk. */
  readonly limitWaiting: (bytes: number) => void;
  readonly log: Logger;
  /** Returns the memory of the process without pages of files, bytes; undefined when the kernel does not report it. */
  readonly ownBytes?: () => number | undefined;
}

/**
 * Keeps the process within a memory limit: the more memory connections take, the less data may wait for the disk. The
 * saver then reacts in its usual order: smaller frames, fewer scans, and finally the loss of the oldest records.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  readonly #trouble: TroubleLog;
  readonly #status: StatusFile | undefined;
  readonly #ownBytes: () => number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#status = options.ownBytes === undefined ? new StatusFile() : undefined;
    this.#ownBytes = options.ownBytes ?? (() => this.#status?.anonymousBytes());
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#status?.close();
  }

  /** Checks the memory, and sets how much data may wait. */
  tick(): void {
    const { limitBytes, maxBufferedBytes, heldBytes, limitWaiting } = this.#options;
    const ownBytes = this.#ownBytes();
    if (ownBytes === undefined) return;
    const otherBytes = ownBytes - heldBytes();
    const room = Math.floor(limitBytes * OWN_PART) - otherBytes;
    const bufferedBytes = Math.min(maxBufferedBytes, Math.max(room, Math.floor(limitBytes * LEAST_PART)));
    if (bufferedBytes < maxBufferedBytes * NEAR) {
      const fields = { limit_bytes: limitBytes, own_bytes: ownBytes, may_wait_bytes: bufferedBytes };
      this.#trouble.failed('memory limit is near: less may wait for the disk', fields);
    } else {
      this.#trouble.succeeded('memory suffices again: as much as usual may wait for the disk');
    }
    limitWaiting(bufferedBytes);
  }
}

/** Open file `/proc/self/status`. */
class StatusFile {
  readonly #fd = openSync('/proc/self/status', 'r');
  readonly #text = Buffer.allocUnsafeSlow(STATUS_BYTES);

  /** Returns memory that is not of files; undefined before Linux 4.5. */
  anonymousBytes(): number | undefined {
    const length = readSync(this.#fd, this.#text, 0, STATUS_BYTES, 0);
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(this.#text.toString('latin1', 0, length))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
