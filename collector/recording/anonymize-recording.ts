import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import {
  INET_DIAG_LOCALS,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_PEERS,
  INET_DIAG_SK_BPF_STORAGES,
  INET_DIAG_SOCKOPT,
} from '../../inetdiag/index.js';
import { AF_INET, AttributeWalker, DecodeError, NLMSG_HDRLEN } from '../../netlink/index.js';
import { AddressMap } from './address-map.js';
import type { RecordedBatch } from './batch-codec.js';
import { encodeEntry, type RecordedEntry, type RecordedEvent } from './entry.js';
import { encodeHeader, type RecordingHeader } from './header.js';
import type { BatchValue } from './json-value.js';
import { ATTRIBUTES_OFFSET, messagesIn, withData } from './messages-in.js';
import type { Recording } from './read-recording.js';
import { RecordingError } from './recording-error.js';

/** Options of {@link anonymizeRecording}. */
export interface AnonymizeRecordingOptions {
  readonly recording: Recording;
  /** Path of the file to write; one that is there is replaced. */
  readonly out: string;
  /** Compresses pieces to a frame. */
  readonly compress: (pieces: readonly Buffer[]) => Promise<Buffer>;
  /** Called with the fault that ends the recording early. */
  readonly onFault: (error: RecordingError) => void;
}

const FRAME_BYTES = 1024 * 1024;
const FILE_MODE = 0o600;

/** Flags that a report keeps: their values are durations, sizes, numbers of ports, and switches. */
const KEPT_FLAGS: readonly string[] = [
  'scan.interval',
  'scan.cpu-budget',
  'events.destroy',
  'reps',
  'archive.rotate',
  'archive.flush-age',
  'archive.sync',
  'archive.provenance',
  'archive.max-buffered',
  'exclude-srcport',
  'filter.kernel',
  'metrics.ports',
  'metrics.disable',
  'watch.archive',
];

/**
 * Writes a recording whose addresses and names are replaced, each by the same one everywhere. What may hold others, such
 * as attributes that this version does not know, holds zeros.
 * @returns false if the recording is damaged; what is whole was written
 * @throws RecordingError if the file cannot be written
 */
export async function anonymizeRecording(options: AnonymizeRecordingOptions): Promise<boolean> {
  const { recording, out, compress, onFault } = options;
  const unfinished = `${out}.part`;
  let isWhole = true;
  try {
    const file = await open(unfinished, 'w', FILE_MODE);
    try {
      const writer = new FrameWriter(file, compress);
      await writer.write(encodeHeader(anonymousHeader(recording.header)));
      isWhole = await writeEntries(recording, writer, onFault);
      await writer.finish();
    } finally {
      await file.close();
    }
    await rename(unfinished, out);
  } catch (cause) {
    await rm(unfinished, { force: true });
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new RecordingError(out, 'ERR_RECORDING_FILE', `cannot be written: ${cause.message}`, { cause });
  }
  return isWhole;
}

async function writeEntries(
  recording: Recording,
  writer: FrameWriter,
  onFault: AnonymizeRecordingOptions['onFault'],
): Promise<boolean> {
  const anonymous = new AnonymousEntries(new AddressMap(randomBytes(32)));
  try {
    for await (const entry of recording.entries()) await writer.write(encodeEntry(anonymous.of(entry), entry.at));
    return true;
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    onFault(error);
    return false;
  } finally {
    await recording.close();
  }
}

function anonymousHeader(header: RecordingHeader): RecordingHeader {
  return {
    ...header,
    run: randomUUID(),
    part: 0,
    host: 'anonymous',
    uuidPrefix: 'anonymous',
    uuidPrefixUnsafe: true,
    flags: header.flags.filter(({ name }) => KEPT_FLAGS.includes(name)),
    isAnonymized: true,
  };
}

/** Replaces what entries say of addresses and names. */
export class AnonymousEntries {
  readonly #addresses: AddressMap;
  readonly #names = new Map<string, string>();

  constructor(addresses: AddressMap) {
    this.#addresses = addresses;
  }

  /** Returns an entry without the addresses and names that it had. */
  of(entry: RecordedEntry): RecordedEvent {
    if (entry.kind === 'entered') return { ...entry, netns: { ...entry.netns, name: this.#nameOf(entry.netns.name) } };
    if (entry.kind === 'batch') return { ...entry, batch: this.#batchOf(entry.batch) };
    if (entry.kind === 'flushed') return { ...entry, batches: entry.batches.map((each) => this.#batchOf(each)) };
    return entry;
  }

  #batchOf<Each extends RecordedBatch>(batch: Each): Each {
    return withData(batch as unknown as BatchValue, (data) => this.#dataOf(data)) as unknown as Each;
  }

  #nameOf(name: string): string {
    const known = this.#names.get(name) ?? `netns-${this.#names.size + 1}`;
    this.#names.set(name, known);
    return known;
  }

  #dataOf(data: Uint8Array): Uint8Array {
    const clean = Uint8Array.from(data);
    for (const [offset, length] of messagesIn(clean)) this.#replaceIn(clean.subarray(offset, offset + length));
    return clean;
  }

  #replaceIn(message: Uint8Array): void {
    if (message.length < ATTRIBUTES_OFFSET) return;
    // struct inet_diag_sockid: two ports of 2 bytes, then source and destination of 16 bytes each.
    const family = message[NLMSG_HDRLEN] ?? 0;
    const source = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET + 4;
    for (const at of [source, source + 16]) this.#addresses.replace(message.subarray(at, at + 16), family);
    if (family === AF_INET) {
      // What is behind an IPv4 address is not defined.
      message.fill(0, source + 4, source + 16);
      message.fill(0, source + 20, source + 32);
    }
    eraseAttributes(message);
  }
}

/** Attributes that hold addresses, or whatever a BPF program has put there. */
const ERASED: readonly number[] = [INET_DIAG_LOCALS, INET_DIAG_PEERS, INET_DIAG_SK_BPF_STORAGES];

function eraseAttributes(message: Uint8Array): void {
  const walker = new AttributeWalker();
  walker.reset(message, ATTRIBUTES_OFFSET);
  let at = ATTRIBUTES_OFFSET;
  try {
    while (walker.next()) {
      at = walker.end;
      if (walker.type > INET_DIAG_SOCKOPT || ERASED.includes(walker.type)) message.fill(0, walker.start, walker.end);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    message.fill(0, at);
  }
}

/** Writes lines to a file in frames. */
class FrameWriter {
  readonly #file: FileHandle;
  readonly #compress: AnonymizeRecordingOptions['compress'];
  #lines: Buffer[] = [];
  #bytes = 0;

  constructor(file: FileHandle, compress: AnonymizeRecordingOptions['compress']) {
    this.#file = file;
    this.#compress = compress;
  }

  async write(line: string): Promise<void> {
    const bytes = Buffer.from(line);
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= FRAME_BYTES) await this.finish();
  }

  /** Writes what waits. */
  async finish(): Promise<void> {
    const lines = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    for (let at = 0; at < lines.length; at += FRAME_BYTES) {
      await this.#file.write(await this.#compress([lines.subarray(at, at + FRAME_BYTES)]));
    }
  }
}
