import { parseSize } from './values.js';

/** Beyond it no decoder goes that is in JavaScript. */
const MOST_BYTES = 2 ** 30;
const LEAST_BYTES = 1024;

/** What a window may be, in words. */
export const MAX_WINDOW_EXPECTED = 'expected a size from 1KiB to 1GiB, such as 512MiB';

/** Parses the longest window of a zstd frame that is read, bytes; undefined when it is none. */
export function parseMaxWindow(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= LEAST_BYTES && bytes <= MOST_BYTES ? bytes : undefined;
}
