import type { Logger } from '../../log/index.js';
import type { AnswerStream, Exchange, Reply } from '../http/index.js';
import type { ApiBounds } from './context.js';

/** Pieces of a download, in order. */
export type Pieces = AsyncGenerator<string | Uint8Array, void, undefined>;

/**
 * Takes a turn for a download, and returns the function that gives it back. A download that takes too long is ended:
 * the client has no last chunk then, and knows that something is missing.
 * @throws ProblemError 429 when all turns are taken
 */
export function takeDownload({ downloads, downloadMs }: ApiBounds, exchange: Exchange): () => void {
  const free = downloads.take();
  const timer = setTimeout(() => exchange.abandon('unread'), downloadMs);
  return () => {
    clearTimeout(timer);
    free();
  };
}

/** Parts of {@link downloadAnswer}. */
export interface DownloadOptions {
  /** Piece before the others; absent: none. */
  readonly first?: string;
  readonly exchange: Exchange;
  /** Gives back the turn. */
  readonly free: () => void;
  readonly log: Logger;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the answer that sends pieces, each as soon as the client has read the one before. */
export function downloadAnswer(pieces: Pieces, { first, exchange, free, log, headers }: DownloadOptions): Reply {
  const failed = (error: unknown): void => {
    log.warn('sending an archive failed', { error: String(error) });
    exchange.abandon('error');
  };
  const close = (): void => {
    free();
    pieces.return().catch(failed);
  };
  exchange.onDone(close);
  const send = async (stream: AnswerStream): Promise<void> => {
    if (first !== undefined) {
      stream.write(first);
      await stream.drained();
    }
    for await (const piece of pieces) {
      stream.write(piece);
      await stream.drained();
      if (!stream.isOpen) return;
    }
    stream.end();
  };
  return { status: 200, headers, start: (stream) => void send(stream).catch(failed) };
}
