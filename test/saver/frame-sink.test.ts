import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCompressor, decompressFrame, type FinishedFrame, type FrameSink } from '../../saver/index.js';
import { sample } from '../support/metric.js';
import { parseLines, setUp } from './harness.js';

/** Sink that keeps what it is given, in order, and the source of each connection. */
function keepingSink() {
  const frames: FinishedFrame[] = [];
  const notes: string[] = [];
  const flush: (() => void)[] = [];
  const sink: FrameSink = {
    opened: (connection, source) => {
      flush.push(() => source.flush());
      notes.push(`opened ${connection.uuid} ${source.metadata().sequence}`);
      return {
        frame: (frame) => void frames.push(frame),
        lost: (records) => void notes.push(`lost ${records}`),
        closed: () => void notes.push('closed'),
      };
    },
  };
  return { sink, frames, notes, flush };
}

async function linesOf(frames: readonly FinishedFrame[]): Promise<string> {
  const contents = await Promise.all(frames.map(({ bytes }) => decompressFrame(bytes)));
  return Buffer.concat(contents).toString();
}

describe('frames of a saver', () => {
  it('are those of the archive, with their times and numbers of records', async () => {
    const { sink, frames, notes } = keepingSink();
    const { saver, clock, record, files, output } = setUp({ frames: sink, flushAgeMs: 1000 });
    record();
    clock.ms = 400;
    record();
    clock.ms = 1000;
    saver.tick();
    clock.ms = 1500;
    record();
    await saver.close();
    const [file = ''] = files();
    const archive = readFileSync(`${output}/${file}`);
    expect(Buffer.concat(frames.map(({ bytes }) => bytes)).equals(archive)).toBe(true);
    expect(frames.map(({ bytes: _, ...frame }) => frame)).toEqual([
      { records: 2, hasMetadata: true, fromMs: 0, untilMs: 1000 },
      { records: 1, hasMetadata: false, fromMs: 1500, untilMs: 1500 },
    ]);
    expect(notes).toEqual(['opened host_1_0000000000001234 0', 'closed']);
  });

  it('come in order even if a later one is compressed first', async () => {
    const { sink, frames } = keepingSink();
    const { compress } = createCompressor();
    const gates: (() => void)[] = [];
    const { saver, clock, record } = setUp({
      frames: sink,
      flushAgeMs: 1000,
      compress: async (pieces) => {
        const bytes = await compress(pieces);
        await new Promise<void>((resolve) => gates.push(resolve));
        return bytes;
      },
    });
    for (let i = 0; i < 3; i++) {
      record();
      clock.ms += 1000;
      saver.tick();
    }
    const finished = saver.framesFinished();
    while (gates.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const gate of gates.toReversed()) {
      expect(frames).toEqual([]);
      gate();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await finished;
    expect(frames.map(({ fromMs }) => fromMs)).toEqual([0, 1000, 2000]);
    await saver.close();
  });

  it('are made at once when someone wants them', async () => {
    const { sink, frames, flush } = keepingSink();
    const { saver, record } = setUp({ frames: sink });
    record();
    record();
    for (const each of flush) each();
    await saver.framesFinished();
    expect(frames.map(({ records }) => records)).toEqual([2]);
    for (const each of flush) each();
    await saver.framesFinished();
    expect(frames).toHaveLength(1);
    await saver.close();
  });

  it('need no files: neither an archive nor a folder nor a thread for files is made', async () => {
    const { sink, frames, notes } = keepingSink();
    const options = { frames: sink, writesFiles: false, output: '/nonexistent', flushAgeMs: 1000, rotateMs: 1000 };
    const { saver, clock, record, metrics } = setUp(options);
    for (let i = 0; i < 5; i++) {
      record();
      clock.ms += 1000;
      saver.tick();
    }
    record(0x5678n);
    await saver.close();
    expect(frames.every(({ hasMetadata }) => !hasMetadata)).toBe(true);
    const { records } = parseLines(`${await linesOf(frames)}`);
    expect(records).toHaveLength(5);
    expect(frames.reduce((sum, each) => sum + each.records, 0)).toBe(6);
    expect(notes.filter((note) => note === 'closed')).toHaveLength(2);
    expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBe(0);
    expect(saver.totals).toEqual({ files: 0, lost: 0, recovered: 0, waitingBytes: 0 });
  });

  it('that cannot be made are reported, and counted', async () => {
    const { sink, frames, notes } = keepingSink();
    const compress = (): Promise<Buffer> => Promise.reject(new Error('out of memory'));
    const { saver, record, metrics } = setUp({ frames: sink, writesFiles: false, compress });
    record();
    record();
    await saver.close();
    expect(frames).toEqual([]);
    expect(notes).toContain('lost 2');
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'compress' })).toBe(2);
  });
});
