import { ArchiveInputError } from './error.js';
import { type ReadOptions, readLines, report } from './lines.js';
import type { ArchiveSource } from './source.js';

/** Archived HTTP exchange: an object of JSON. */
export type ArchivedExchange = Readonly<Record<string, unknown>>;

/**
 * Streams the HTTP exchanges of an archive; see {@link readLines}.
 * @throws ArchiveInputError as `readLines` does, and at the first line that is no object of JSON (`ERR_JSON`), unless
 *   `onProblem` is set. All exchanges before it have been yielded.
 */
export async function* readExchanges(
  source: ArchiveSource,
  options: ReadOptions = {},
): AsyncGenerator<ArchivedExchange, void, undefined> {
  for await (const { line, text } of readLines(source, options)) {
    const exchange = parseObject(text);
    if (exchange !== undefined) yield exchange;
    else
      report(
        new ArchiveInputError(source.path, 'not an object of JSON', { code: 'ERR_JSON', line }),
        options.onProblem,
      );
  }
}

function parseObject(text: string): ArchivedExchange | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as ArchivedExchange)
      : undefined;
  } catch {
    return undefined; // reported with the line's number
  }
}
