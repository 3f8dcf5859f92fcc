import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Compress, decompressFrame } from '../../saver/create-compressor.js';
import { createCompressor } from '../../saver/index.js';
import { withMetadata } from '../../saver/metadata.js';
import { compressFrame, decompressFrames } from '../../zstd/index.js';
import { overwriteGarbage, seededBytes } from '../support/garbage.js';
import { sample } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';
import { parseLines, setUp } from './harness.js';

async function contentOf(frame: Buffer): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from([frame]))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}

/** Lengths of lines, frames and contents. */
const SIZES = [100, 200, 1024, 2048, 4096, 8192, 20_000, 40_000, 80_000];

/** Overwrites memory that JavaScript no longer holds, turn after turn, until the work is done. */
async function whileOverwriting<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const finished = work.finally(() => {
    isDone = true;
  });
  // The caller handles the work's failure below.
  finished.catch(() => undefined);
  while (!isDone) {
    overwriteGarbage(SIZES, 20);
    await sleep(5);
  }
  return await finished;
}

const LONG = seededBytes(0, 512 * 1024);

/** Compresses something long before each of the chunks, so that they are garbage-collected, if possible, before use. */
function slowed(compress: Compress): Compress {
  return (pieces) => {
    void compress([LONG]);
    return compress(pieces);
  };
}

const compressors: readonly (readonly [string, () => Compress])[] = [
  ['libzstd of the system', () => createCompressor().compress],
  ['the npm zstd library', () => (pieces) => compressFrame(Buffer.concat(pieces))],
];

describe.each(compressors)('a frame that %s writes again', (_, create) => {
  it('has the new metadata line, and its old lines', async () => {
    const compress = create();
    const lines = 'one\ntwo\n';
    const bare = { bytes: await compress([Buffer.from(lines)]), sequence: undefined };
    const headed = { bytes: await compress([Buffer.from('head 0\n'), Buffer.from(lines)]), sequence: 0 };
    for (const frame of [bare, headed]) {
      const made = await withMetadata(frame, Buffer.from('head 1\n'), compress, decompressFrame);
      expect(await contentOf(made)).toBe(`head 1\n${lines}`);
    }
  });

  it('has them despite garbage collections', async () => {
    const compress = slowed(create());
    const texts = Array.from({ length: 60 }, (_, i) => `line of frame ${i}\n`.repeat(1 + 70 * i));
    const made = texts.map(async (text, i) => {
      const bytes = await compress([Buffer.from('old\n'), Buffer.from(text)]);
      return await withMetadata({ bytes, sequence: 0 }, Buffer.from(`new ${i}\n`), compress, decompressFrame);
    });
    const frames = await whileOverwriting(Promise.all(made));
    const contents = await Promise.all(frames.map(contentOf));
    const wrong = [...texts.keys()].filter((i) => contents[i] !== `new ${i}\n${texts[i]}`);
    expect(wrong).toEqual([]);
  });
});

const CONNECTIONS = 40;
const RECORDS = 12;
/** Enough time for a saver that is slowed down by garbage collections. */
const PATIENCE_MS = 60_000;

async function read(path: string): Promise<ReturnType<typeof parseLines>> {
  return parseLines(await contentOf(readFileSync(path)));
}

/** Records every connection; returns the counters of each. */
function recordAll(record: (cookie: bigint, filler: number) => number): number[][] {
  const counters: number[][] = Array.from({ length: CONNECTIONS }, () => []);
  for (let i = 0; i < RECORDS; i++) {
    for (const [cookie, each] of counters.entries()) each.push(record(BigInt(cookie + 1), 2000 + 100 * (cookie % 20)));
  }
  return counters;
}

/** Returns the path of a connection's archive. */
function archive(output: string, index: number, sequence: number): string {
  const cookie = (index + 1).toString(16).toUpperCase().padStart(16, '0');
  return join(output, `2026/11/20/host_1_${cookie}.0000${sequence}.jsonl.zst`);
}

describe('a saver during garbage collections', () => {
  it('writes the correct bytes when file names are taken', async () => {
    const output = tempFolder();
    const earlier = setUp({ output, closePatienceMs: PATIENCE_MS });
    recordAll(earlier.record);
    await earlier.saver.close();
    const compress = slowed(createCompressor().compress);
    const { saver, record } = setUp({ output, compress, closePatienceMs: PATIENCE_MS });
    const counters = recordAll(record);
    await whileOverwriting(saver.close());
    for (const [index, expected] of counters.entries()) {
      const { metadata, counters: found } = await read(archive(output, index, 1));
      expect(metadata?.sequence).toBe(1);
      expect(found).toEqual(expected);
    }
  });

  it('writes only the correct bytes when records are dropped', async () => {
    const { output, saver, record, files, metrics } = setUp({
      maxWaitingBytes: 512 * 1024,
      compress: slowed(createCompressor().compress),
      closePatienceMs: PATIENCE_MS,
    });
    const counters = recordAll(record);
    await whileOverwriting(saver.close());
    let kept = 0;
    for (const name of files()) {
      const { metadata, counters: found } = await read(join(output, name));
      const index = Number.parseInt(metadata?.uuid.slice(-16) ?? '', 16) - 1;
      expect(found.filter((each) => counters[index]?.includes(each) !== true)).toEqual([]);
      kept += found.length;
    }
    const lost = await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'pressure' });
    expect(lost).toBeGreaterThan(0);
    expect(kept + lost).toBe(CONNECTIONS * RECORDS);
  });
});
