import { existsSync } from 'node:fs';
import { ArchiveInputError, fileSource, readLines } from '../../archive/input/index.js';
import { CONTINUED, decodeEntry, type RecordedEntry } from './entry.js';
import { decodeHeader, type RecordingHeader } from './header.js';
import { EntryError, RecordingError } from './recording-error.js';
import { olderPath } from './recording-file.js';

/** Longest line: the poll thread hands over at most 64 MiB at a time, and a message more. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** Recording that was opened. */
export interface Recording {
  readonly header: RecordingHeader;
  /**
   * Yields the entries in order, once.
   * @throws RecordingError at the first fault; everything before it has been yielded. `ERR_RECORDING_CUT` if the file
   *   ends too early
   */
  entries(): AsyncGenerator<RecordedEntry, void, undefined>;
  /** Closes the files, read to their ends or not. */
  close(): Promise<void>;
}

/**
 * Opens a recording. If its older file is there, and of the same run, that is read first.
 * @throws RecordingError
 */
export async function openRecording(path: string): Promise<Recording> {
  const newer = await openPart(path);
  const before = olderPath(path);
  if (newer.header.part === 0 || !existsSync(before)) return recordingOf(path, [newer], newer.header);
  const older = await openPart(before);
  const isBefore = older.header.run === newer.header.run && older.header.part === newer.header.part - 1;
  if (!isBefore) {
    await older.close();
    return recordingOf(path, [newer], newer.header);
  }
  return recordingOf(path, [older, newer], older.header);
}

interface Part {
  readonly header: RecordingHeader;
  readonly entries: AsyncGenerator<RecordedEntry, void, undefined>;
  readonly close: () => Promise<void>;
}

function recordingOf(path: string, parts: readonly Part[], header: RecordingHeader): Recording {
  return {
    header,
    entries: () => joined(parts, path),
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

async function* joined(parts: readonly Part[], path: string): AsyncGenerator<RecordedEntry, void, undefined> {
  let isWhole = false;
  for (const [index, part] of parts.entries()) {
    // A later file first repeats what the earlier one has.
    let isRepeating = index > 0;
    for await (const entry of part.entries) {
      isWhole = entry.kind === 'stopped';
      if (!isRepeating) yield entry;
      else if (entry.kind === 'tick' && entry.name === CONTINUED) isRepeating = false;
    }
  }
  if (!isWhole) {
    throw new RecordingError(
      path,
      'ERR_RECORDING_CUT',
      'ends before the collector had stopped; all before it was read',
    );
  }
}

async function openPart(path: string): Promise<Part> {
  const lines = readLines(fileSource(path), { maxLineBytes: MAX_LINE_BYTES });
  const close = async (): Promise<void> => void (await lines.return(undefined));
  try {
    const first = await lines.next();
    const header = first.done === true ? undefined : headerOf(path, first.value.text);
    if (header === undefined) {
      throw new RecordingError(path, 'ERR_NO_RECORDING', 'is no recording of -record.netlink');
    }
    return { header, entries: entriesOf(path, lines), close };
  } catch (error) {
    await close();
    throw readError(path, error);
  }
}

function headerOf(path: string, line: string): RecordingHeader | undefined {
  const header = decodeHeader(line);
  if (header === undefined || !('format' in header)) return header;
  const reason = `is of format ${header.format}, which this version cannot read; replay it with the version that wrote it`;
  throw new RecordingError(path, 'ERR_RECORDING_FORMAT', reason);
}

async function* entriesOf(
  path: string,
  lines: AsyncGenerator<{ readonly line: number; readonly text: string }, void, undefined>,
): AsyncGenerator<RecordedEntry, void, undefined> {
  let number = 1;
  try {
    for await (const { line, text } of lines) {
      number = line;
      yield decodeEntry(text);
    }
  } catch (error) {
    throw readError(path, error, number);
  }
}

function readError(path: string, error: unknown, line = 1): unknown {
  if (error instanceof EntryError) {
    if (line > 1) return new RecordingError(path, error.code, error.message, { line, cause: error });
    const reason = `is no recording of -record.netlink: its first line ${error.message}`;
    return new RecordingError(path, 'ERR_NO_RECORDING', reason, { cause: error });
  }
  if (error instanceof ArchiveInputError) {
    const isCut = error.code === 'ERR_CUT';
    const code = isCut ? 'ERR_RECORDING_CUT' : error.isFailure ? 'ERR_RECORDING_FILE' : 'ERR_RECORDING_DAMAGED';
    return new RecordingError(path, code, error.message.replace(`read archive ${path}: `, ''), { cause: error });
  }
  return error;
}
