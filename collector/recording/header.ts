import { parseJson } from './entry.js';
import type { Json } from './json-value.js';
import { EntryError } from './recording-error.js';

/** Version of the format of recordings that this code writes and reads. */
export const RECORDING_FORMAT = 1;

/** First line of a file: the recorded run, and the machine. */
export interface RecordingHeader {
  /** Identifies the run: both files of one have the same. */
  readonly run: string;
  /** Number of the file within the run, from 0. */
  readonly part: number;
  /** Version of the program. */
  readonly version: string;
  /** Kernel release, `uname -r`. */
  readonly kernel: string;
  /** Host name, as archives have it. */
  readonly host: string;
  /** Prefix of UUIDs: it names the host and its boot. */
  readonly uuidPrefix: string;
  /** True if the prefix may not be unique. */
  readonly uuidPrefixUnsafe: boolean;
  /** Flags that were given, in their order; those of the environment are among them. */
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  /** True if connections could be watched. */
  readonly hasWatches: boolean;
  /** True if addresses and names were replaced. */
  readonly isAnonymized: boolean;
}

/** Encodes a header as a line, with its newline. */
export function encodeHeader(header: RecordingHeader): string {
  const { run, part, version, kernel, host, uuidPrefix, uuidPrefixUnsafe, flags, hasWatches, isAnonymized } = header;
  const line = {
    Recording: {
      Format: RECORDING_FORMAT,
      Run: run,
      Part: part,
      Version: version,
      Kernel: kernel,
      Host: host,
      UUIDPrefix: uuidPrefix,
      UUIDPrefixUnsafe: uuidPrefixUnsafe,
      Flags: flags.map(({ name, value }) => ({ Name: name, Value: value })),
      ...(hasWatches ? { Watches: true } : {}),
      ...(isAnonymized ? { Anonymized: true } : {}),
    },
  };
  return `${JSON.stringify(line)}\n`;
}

/**
 * Decodes a header; undefined if the line is no header, or of another format, whose number is then in `format`.
 * @throws EntryError if something is missing in it
 */
export function decodeHeader(line: string): RecordingHeader | { readonly format: number } | undefined {
  const json = objectOf(parseJson(line))?.['Recording'];
  const fields = objectOf(json ?? null);
  if (fields === undefined) return undefined;
  const format = fields['Format'];
  if (typeof format !== 'number') throw new EntryError('has no format');
  if (format !== RECORDING_FORMAT) return { format };
  const flags = fields['Flags'];
  if (!Array.isArray(flags)) throw new EntryError('has no flags');
  const part = fields['Part'];
  if (typeof part !== 'number' || !Number.isInteger(part) || part < 0)
    throw new EntryError('has no number of its part');
  const uuidPrefix = textOf(fields, 'UUIDPrefix');
  // It begins names of files.
  if (!/^[^/\0]{1,200}$/.test(uuidPrefix) || uuidPrefix.startsWith('.'))
    throw new EntryError('has a bad prefix of UUIDs');
  return {
    run: textOf(fields, 'Run'),
    part,
    version: textOf(fields, 'Version'),
    kernel: textOf(fields, 'Kernel'),
    host: textOf(fields, 'Host'),
    uuidPrefix,
    uuidPrefixUnsafe: fields['UUIDPrefixUnsafe'] === true,
    flags: flags.map((each) => {
      const flag = objectOf(each) ?? {};
      return { name: textOf(flag, 'Name'), value: textOf(flag, 'Value') };
    }),
    hasWatches: fields['Watches'] === true,
    isAnonymized: fields['Anonymized'] === true,
  };
}

function objectOf(json: Json): { readonly [key: string]: Json } | undefined {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? json : undefined;
}

function textOf(fields: { readonly [key: string]: Json }, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new EntryError(`has no ${name}`);
  return value;
}
