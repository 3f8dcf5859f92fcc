import { EventSocketError } from './error.js';

const LINE_FEED = 0x0a;

/**
 * Splits a byte stream into lines, without line feeds. Skips empty lines.
 * @throws EventSocketError `ERR_LINE_TOO_LONG` before more than `maxLineBytes` are kept, `ERR_TRUNCATED` when the
 * stream ends within a line
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
  path?: string,
): AsyncGenerator<string, void, undefined> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (begunBytes + part.length > maxLineBytes) {
        throw new EventSocketError('read', path, 'ERR_LINE_TOO_LONG', `a line has more than ${maxLineBytes} bytes`);
      }
      begun.push(part);
      begunBytes += part.length;
      if (end === -1) {
        break;
      }
      if (begunBytes > 0) {
        yield Buffer.concat(begun, begunBytes).toString();
      }
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
  }
  if (begunBytes > 0) {
    throw new EventSocketError('read', path, 'ERR_TRUNCATED', 'the stream ended within a line');
  }
}
