import { describeSystemError } from '../../../host/errors/index.js';
import { type HttpCounts, type HttpExchange, microseconds, type PortRange } from '../../../http/index.js';
import { CaptureError, type HttpReading, readHttp } from '../../../http/kernel/index.js';
import type { ExchangeSink, HttpSource } from './http-source.js';

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

/** Exchanges between two looks at the output. */
const BETWEEN_LOOKS = 1000;

/** Exchanges of capture files, read one after the other as if they were one. */
export class FileSource implements HttpSource {
  readonly name: string;
  readonly join = undefined;
  /** Not known: what is open is seen only in packets. */
  readonly open = null;
  readonly #paths: readonly string[];
  readonly #onDamage: (text: string) => void;
  readonly #reading: HttpReading;
  #nowUs: number | undefined;

  constructor(paths: readonly string[], { ports, headers, keepsQuery, onDamage }: FileSourceOptions) {
    this.#paths = paths;
    this.#onDamage = onDamage;
    this.name = paths.map(nameOf).join(', ');
    this.#reading = readHttp(paths, { headers, keepsQuery, ...(ports === null ? {} : { ports }) });
  }

  get counts(): HttpCounts {
    return this.#reading.counts;
  }

  /** End of the last exchange. */
  get nowUs(): number | undefined {
    return this.#nowUs;
  }

  /** @throws CaptureFileError */
  async run({ add }: Pick<ExchangeSink, 'add'>, room: () => Promise<void>, signal: AbortSignal): Promise<void> {
    let taken = 0;
    try {
      for await (const exchange of this.#reading) {
        add(exchange);
        this.#note(exchange);
        if (++taken % BETWEEN_LOOKS === 0) await room();
        if (signal.aborted) break;
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new CaptureFileError(this.#failed(), error);
    }
    for (const [path, { kind, at }] of this.#reading.ends) {
      if (kind === 'whole') continue;
      const what = kind === 'truncated' ? 'ends within a packet' : 'is damaged';
      this.#onDamage(`${nameOf(path)} ${what}: read up to byte ${at}`);
    }
  }

  #note({ timeNs, durationUs }: HttpExchange): void {
    this.#nowUs = Math.max(this.#nowUs ?? 0, microseconds(timeNs) + (durationUs ?? 0));
  }

  /** Returns the path of the file that was being read. */
  #failed(): string {
    return this.#paths.find((path) => !this.#reading.ends.has(path)) ?? '';
  }
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
