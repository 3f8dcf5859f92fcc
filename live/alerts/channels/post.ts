import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Time for a request and its answer. */
const TIMEOUT_MS = 5000;

/** Request with a body of JSON. */
export interface Post {
  readonly url: URL;
  readonly body: string;
  /** Text after `Bearer`; undefined: none. */
  readonly token?: string | undefined;
  /** Aborted when the answer is not awaited any more. */
  readonly signal: AbortSignal;
}

/** Sends a request and returns the status of its answer. Follows no redirect. Rejects if there is no answer in 5 s. */
export function post({ url, body, token, signal }: Post): Promise<number> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        // A connection of its own: the next one may be minutes away.
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': bytes.length,
          'User-Agent': 'tcp-info',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
      },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        // What it says is not needed.
        answer.destroy();
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}
