/**
 * Result of reading a body. `too-large`: it is longer than allowed, and was not read. `chunked`: its length is unknown
 * (Transfer-Encoding). `gone`: the client ended, or was ended, before all of it came: there is no one to answer.
 */
export type RequestBody =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' | 'chunked' | 'gone' };

/** Body of a request that is being received: at most as many bytes as its `Content-Length`. */
export class BodyReader {
  readonly #length: number;
  readonly #parts: Buffer[] = [];
  readonly #onRead: (body: RequestBody) => void;
  #received = 0;

  /**
   * @param length `Content-Length`
   * @param onRead called once
   */
  constructor(length: number, onRead: (body: RequestBody) => void) {
    this.#length = length;
    this.#onRead = onRead;
  }

  /** Takes the next bytes; those behind the body are dropped. Returns true when the body is complete. */
  take(bytes: Buffer): boolean {
    const part = bytes.subarray(0, this.#length - this.#received);
    this.#parts.push(part);
    this.#received += part.length;
    if (this.#received < this.#length) return false;
    this.#onRead({ kind: 'read', bytes: Buffer.concat(this.#parts) });
    return true;
  }

  /** Gives up the rest of the body. */
  abort(): void {
    this.#onRead({ kind: 'gone' });
  }
}

/** Returns the length of a body, by the headers; undefined if only its framing shows it. */
export function bodyLength(headers: ReadonlyMap<string, string>): number | undefined {
  if (headers.has('transfer-encoding')) return undefined;
  return Number(headers.get('content-length') ?? 0);
}
