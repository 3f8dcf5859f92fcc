import { parseSize } from './values.js';

/** Upper limit of the decoder in JavaScript. */
const MOST_BYTES = 2 ** 30;
const LEAST_BYTES = 1024;

/** Words that describe an accepted window. */
export const MAX_WINDOW_EXPECTED = 'expected a size from 1KiB to 1GiB, such as 512MiB';

/** Parses the longest zstd window to accept, bytes; undefined for any other text. */
export function parseMaxWindow(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= LEAST_BYTES && bytes <= MOST_BYTES ? bytes : undefined;
}
