import { createReadStream } from 'node:fs';
import { describeSystemError } from '../../../host/errors/index.js';
import { type HttpCounts, type HttpExchange, HttpTap, type OpenRequests, type PortRange } from '../../../http/index.js';
import { CaptureError, CaptureReader, type PacketCursor } from '../../../http/packet/index.js';
import type { HttpSource } from './http-source.js';

/** Options of {@link FileSource}. */
export interface FileSourceOptions {
  /** Ports of servers; null for all. */
  readonly ports: readonly PortRange[] | null;
  readonly headers: readonly string[];
  readonly keepsQuery: boolean;
  /** Called with a sentence on a file that is not whole. */
  readonly onDamage: (text: string) => void;
}

/** Thrown for a file that cannot be read; the message is complete for a user. */
export class CaptureFileError extends Error {
  override readonly name = 'CaptureFileError';
  /** True if it is no capture, or one of a kind that is not known. */
  readonly isWrong: boolean;

  constructor(path: string, cause: Error) {
    const isWrong = cause instanceof CaptureError;
    super(`${nameOf(path)}: ${isWrong ? cause.message : describeSystemError(cause)}`, { cause });
    this.isWrong = isWrong;
  }
}

/** Name of an interface that the file does not tell. */
const NO_INTERFACE = '-';
const CHUNK_BYTES = 2 ** 18;
const US_PER_SECOND = 1e6;

/** Exchanges of capture files, read one after the other as if they were one. */
export class FileSource implements HttpSource {
  readonly name: string;
  readonly join = undefined;
  readonly #paths: readonly string[];
  readonly #options: FileSourceOptions;
  readonly #tap: HttpTap;
  readonly #visit = (cursor: PacketCursor): void => this.#take(cursor);
  #reader: CaptureReader | undefined;
  #onExchange: (exchange: HttpExchange) => void = () => undefined;
  #nowUs: number | undefined;

  constructor(paths: readonly string[], options: FileSourceOptions) {
    this.#paths = paths;
    this.#options = options;
    this.name = paths.map(nameOf).join(', ');
    this.#tap = new HttpTap({
      ports: options.ports,
      headers: options.headers,
      keepsQuery: options.keepsQuery,
      interfaceName: (index) => this.#reader?.interfaceName(index) ?? NO_INTERFACE,
      onExchange: (exchange) => this.#onExchange(exchange),
    });
  }

  get counts(): HttpCounts {
    return this.#tap.counts;
  }

  get open(): OpenRequests | null {
    return this.#tap.openRequests();
  }

  get nowUs(): number | undefined {
    return this.#nowUs;
  }

  /** @throws CaptureFileError */
  async run(
    onExchange: (exchange: HttpExchange) => void,
    room: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#onExchange = onExchange;
    for (const path of this.#paths) {
      await this.#read(path, room, signal);
      if (signal.aborted) break;
    }
    this.#tap.end();
  }

  async #read(path: string, room: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const reader = new CaptureReader(this.#visit);
    this.#reader = reader;
    const chunks: AsyncIterable<Buffer> =
      path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    try {
      for await (const chunk of chunks) {
        reader.push(chunk);
        await room();
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new CaptureFileError(path, error);
    }
    const { kind, at } = reader.end();
    if (kind === 'whole') return;
    const what = kind === 'truncated' ? 'ends within a packet' : 'is damaged';
    this.#options.onDamage(`${nameOf(path)} ${what}: read up to byte ${at}`);
  }

  #take(cursor: PacketCursor): void {
    this.#tap.addPacket(cursor);
    this.#nowUs = Math.max(this.#nowUs ?? 0, cursor.seconds * US_PER_SECOND + Math.floor(cursor.nanoseconds / 1000));
  }
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
