import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { LOSS_REASONS } from '../../metrics/index.js';
import { decompressFrame } from '../../saver/create-compressor.js';
import { createCompressor, type SaverOptions } from '../../saver/index.js';
import { decompressFrames, ZstdError } from '../../zstd/index.js';
import { sample } from '../support/metric.js';
import { FakeDisk } from './fake-disk.js';
import { NAME, parseLines, setUp } from './harness.js';

/** Returns the content of a file's whole frames; an incomplete last one is an error unless `mayBeCut`. */
export async function readWhole(bytes: Buffer, mayBeCut: boolean) {
  let text = '';
  try {
    for await (const piece of decompressFrames(Readable.from([bytes]))) text += Buffer.from(piece).toString();
  } catch (error) {
    if (!(error instanceof ZstdError) || !mayBeCut) throw error;
    // A reader may already have some lines of a truncated frame: they do not count.
    text = text.slice(0, text.lastIndexOf('\n') + 1);
  }
  return parseLines(text);
}

const { compress } = createCompressor();

export function onFake(options: Partial<SaverOptions> = {}) {
  const disk = new FakeDisk();
  /** Compressions and decompressions in progress: they run on another thread, for an unknown time. */
  let compressing = 0;
  /** Compressions wait for this before they begin. */
  const gate: { opens?: Promise<void> } = {};
  const closed = new Map<string, number>();
  const all = setUp({
    output: '/archive',
    disk,
    compress: async (pieces) => {
      await gate.opens;
      compressing++;
      return await compress(pieces).finally(() => compressing--);
    },
    decompress: async (frame) => {
      compressing++;
      return await decompressFrame(frame).finally(() => compressing--);
    },
    onFileClosed: (path, bytes) => {
      expect(closed.has(path)).toBe(false);
      closed.set(path, bytes);
    },
    ...options,
  });
  const path = (sequence: number): string => `/archive/${NAME}.0000${sequence}.jsonl.zst`;
  /** Returns the counters of a file's records, or undefined if it does not exist. */
  const counters = async (sequence: number, mayBeCut = false): Promise<number[] | undefined> => {
    const file = disk.files.get(path(sequence));
    if (file === undefined) return undefined;
    const { metadata, counters: found } = await readWhole(file.bytes, mayBeCut);
    expect(metadata?.sequence).toBe(sequence);
    return found;
  };
  const losses = async (): Promise<Record<string, number>> => {
    const each = LOSS_REASONS.map(
      async (reason) => [reason, await sample(all.metrics, 'tcpinfo_archive_lost_records_total', { reason })] as const,
    );
    return Object.fromEntries((await Promise.all(each)).filter(([, count]) => count > 0));
  };
  /** Returns the number of records lost for good. */
  const lost = async (): Promise<number> => {
    const counted = Object.values(await losses()).reduce((sum, count) => sum + count, 0);
    return counted - (await sample(all.metrics, 'tcpinfo_archive_recovered_records_total'));
  };
  /** Waits until no compression runs, and the disk is idle or hangs. */
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await turn();
      if (compressing > 0 || disk.isBusy) quiet = -1;
    }
  };
  /** Advances the clock in steps of 100 ms, and lets everything due happen. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = all.clock.ms + ms; all.clock.ms < end; ) {
      all.clock.ms += 100;
      all.saver.tick();
      await settle();
    }
  };
  return { ...all, disk, closed, path, counters, losses, lost, settle, pass, gate };
}

/** Objects that a test uses. */
export type Context = ReturnType<typeof onFake>;

/** Expects that no file is open and no record waits. */
export async function expectNothingLeft({ metrics, disk, saver }: Context) {
  expect(await sample(metrics, 'tcpinfo_archive_open_files')).toBe(0);
  expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBe(0);
  for (const file of disk.files.values()) {
    expect(file.isOpen).toBe(false);
    expect(saver.isOpen(file.path)).toBe(false);
  }
}
