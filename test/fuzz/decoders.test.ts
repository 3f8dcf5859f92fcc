import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ConntrackDecoder, flowJson, flowLine } from '../../conntrack/index.js';
import { EventSocketError, formatClose, formatOpen, parseEvent } from '../../live/eventsocket/index.js';
import { DecodeError } from '../../netlink/index.js';
import {
  type ArchivedRecord,
  decodeRecord,
  encodeRecord,
  parseNetlinkMessage,
  ZERO_TIMESTAMP,
} from '../../parse/index.js';
import { decodeSnapshot } from '../../parse/snapshot/index.js';
import { decodeTcpInfo } from '../../tcp/index.js';
import { compressFrame, type DecompressOptions, decompressFrames, ZstdError } from '../../zstd/index.js';
import { capturedMessages, cpuMs, mutated, mutatedText } from './inputs.js';

/** Number of inputs for each decoder; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 4000);
/** Maximum CPU time for one input: a decoder that takes longer hangs, or could be made to. */
const SLOWEST_MS = 2000;
const TIMEOUT_MS = 60_000 + numRuns;

const messages = capturedMessages();
const records = messages.map((message) => parseNetlinkMessage(message, ZERO_TIMESTAMP));
const lines = [
  ...records.map(encodeRecord),
  encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { uuid: 'h_1', sequence: 3, startTime: ZERO_TIMESTAMP } }),
];
const events = [
  formatOpen({
    timestamp: ZERO_TIMESTAMP,
    uuid: 'h_1',
    id: { sport: 1, dport: 65_535, srcIp: '192.0.2.1', dstIp: '2001:db8::1', interface: 3, cookie: 2n ** 63n + 1n },
  }),
  formatClose({ timestamp: ZERO_TIMESTAMP, uuid: 'h_1' }),
];
const frames = [
  await compressFrame(Buffer.from(lines.slice(0, 3).join(''))),
  await compressFrame(Buffer.alloc(100_000, 'a')),
  Buffer.concat([await compressFrame(Buffer.from('one\n')), await compressFrame(Buffer.from('two\n'))]),
  // One skippable frame, and one with a content size.
  Buffer.from('502a4d18030000000102ff', 'hex'),
  Buffer.from('28b52ffd2003190000616263', 'hex'),
];

/** Runs a decoder; only errors of one class are accepted, and no input that takes long. */
function attempt(allowed: new (...args: never[]) => Error, work: () => void): void {
  const began = cpuMs();
  try {
    work();
  } catch (error) {
    if (!(error instanceof allowed)) throw error;
  }
  requireQuick(began);
}

function requireQuick(began: number): void {
  const took = cpuMs() - began;
  if (took > SLOWEST_MS) throw new Error(`one input took ${took.toFixed(0)} ms`);
}

/** Decodes a line, and checks that the line written from the record decodes too. */
function decodeTwice(line: string): ArchivedRecord {
  const record = decodeRecord(line);
  decodeRecord(encodeRecord(record));
  return record;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function decompress(bytes: Buffer, options?: DecompressOptions): Promise<void> {
  const began = cpuMs();
  try {
    for await (const _piece of decompressFrames(once(bytes), options)) requireQuick(began);
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
  }
  requireQuick(began);
}

describe(`any bytes, ${numRuns} times`, { timeout: TIMEOUT_MS }, () => {
  it('make parseNetlinkMessage return a record with a valid line, or throw DecodeError', () => {
    const property = fc.property(mutated(messages), (bytes) =>
      attempt(DecodeError, () => {
        decodeTwice(encodeRecord(parseNetlinkMessage(bytes, ZERO_TIMESTAMP)));
      }),
    );
    fc.assert(property, { numRuns });
  });

  it('make ConntrackDecoder return a flow with a valid line, or throw DecodeError', () => {
    const decoder = new ConntrackDecoder();
    const property = fc.property(mutated(capturedMessages('conntrack')), (bytes) =>
      attempt(DecodeError, () => {
        const { flow } = decoder.event(bytes);
        if (flowLine(flow) !== JSON.stringify(flowJson(flow))) throw new Error('line and JSON value differ');
        JSON.parse(flowLine(flow));
      }),
    );
    fc.assert(property, { numRuns });
  });

  it('make decodeRecord return a record or throw DecodeError', () => {
    const property = fc.property(mutatedText(lines), (line) => attempt(DecodeError, () => void decodeTwice(line)));
    fc.assert(property, { numRuns });
  });

  it('make decodeSnapshot return a snapshot or throw DecodeError', () => {
    const attribute = fc.option(
      mutated(records.flatMap(({ attributes = [] }) => attributes.filter((each) => each !== null))),
    );
    const record = fc.record({
      timestamp: fc.constant(ZERO_TIMESTAMP),
      rawIdm: mutated(records.flatMap(({ rawIdm = [] }) => (rawIdm.length === 0 ? [] : [Uint8Array.from(rawIdm)]))),
      attributes: fc.array(attribute, { maxLength: 24 }),
    });
    const release = fc.constantFrom(undefined, '6.18.44', '7.0.0');
    const property = fc.property(record, release, (value, kernelRelease) =>
      attempt(DecodeError, () => void decodeSnapshot(value, { kernelRelease })),
    );
    fc.assert(property, { numRuns });
  });

  it('make decodeTcpInfo return a tcp_info', () => {
    const infos = records.flatMap(({ attributes = [] }) => attributes[2] ?? []);
    const release = fc.constantFrom(undefined, '6.18.44', '7.0.0');
    const property = fc.property(mutated(infos), release, (bytes, kernelRelease) => {
      decodeTcpInfo(bytes, { kernelRelease });
    });
    fc.assert(property, { numRuns });
  });

  it('make parseEvent return an event or throw EventSocketError', () => {
    const property = fc.property(mutatedText(events), (line) => attempt(EventSocketError, () => void parseEvent(line)));
    fc.assert(property, { numRuns });
  });

  it('make decompressFrames return content or throw ZstdError', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(frames), (bytes) => decompress(bytes)),
      { numRuns },
    );
  });

  it('make the block-by-block decompressFrames return content or throw ZstdError', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(frames), (bytes) => decompress(bytes, { wholeFrameBytes: 0 })),
      // Ten times slower than the other decoders.
      { numRuns: Math.ceil(numRuns / 10) },
    );
  });
});
