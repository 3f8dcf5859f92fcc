import { createReadStream, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decompressFrames } from '../../zstd/index.js';
import { sample } from '../support/metric.js';
import { NAME, setUp } from './harness.js';

/** Name of the archive that begins at the start of the tests' clock. */
const FIRST = '2026/11/20/http/20261120T232803.450Z.jsonl.zst';

async function contentOf(path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompressFrames(createReadStream(path))) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('archive of HTTP exchanges', () => {
  it('has all lines in order, and no other first line', async () => {
    const { saver, output, files } = setUp();
    const lines = Array.from({ length: 3000 }, (_, i) => `{"path":"/${i} grüße"}\n`);
    for (const line of lines) saver.exchanged(line);
    await saver.close();
    expect(files()).toEqual([FIRST]);
    expect(await contentOf(join(output, FIRST))).toBe(lines.join(''));
  });

  it('is written when its lines are old, open meanwhile, and followed by another one after its time', async () => {
    const closed: string[] = [];
    const { saver, clock, output, files } = setUp({ onFileClosed: (path) => closed.push(path) });
    saver.exchanged('{"path":"/1"}\n');
    expect(files()).toEqual([]);
    clock.ms = 30_000;
    saver.tick();
    await expect.poll(files).toEqual([FIRST]);
    expect(saver.isOpen(join(output, FIRST))).toBe(true);
    clock.ms = 600_001;
    saver.exchanged('{"path":"/2"}\n');
    await expect.poll(() => closed).toEqual([join(output, FIRST)]);
    await saver.close();
    const second = '2026/11/20/http/20261120T233803.451Z.jsonl.zst';
    expect(files()).toEqual([FIRST, second]);
    expect(await contentOf(join(output, FIRST))).toBe('{"path":"/1"}\n');
    expect(await contentOf(join(output, second))).toBe('{"path":"/2"}\n');
  });

  it('has another name when its own is taken, which is counted', async () => {
    const { saver, output, files, metrics } = setUp();
    mkdirSync(dirname(join(output, FIRST)), { recursive: true });
    writeFileSync(join(output, FIRST), 'another');
    saver.exchanged('{"path":"/1"}\n');
    await saver.close();
    const other = FIRST.replace('Z.', 'Z-1.');
    expect(files()).toEqual([other, FIRST].sort());
    expect(await contentOf(join(output, other))).toBe('{"path":"/1"}\n');
    expect(readFileSync(join(output, FIRST), 'utf8')).toBe('another');
    expect(await sample(metrics, 'tcpinfo_archive_sequence_collisions_total')).toBe(1);
  });

  it('has the modes of other archives, and leaves their names and counts as they are', async () => {
    const modes = { file: 0o640, folder: 0o750 };
    const { saver, record, output, files, metrics } = setUp({ modes });
    record();
    saver.exchanged('{"path":"/1"}\n');
    await saver.close();
    expect(files()).toEqual([`${NAME}.00000.jsonl.zst`, FIRST]);
    expect(statSync(join(output, FIRST)).mode & 0o777).toBe(modes.file);
    expect(statSync(dirname(join(output, FIRST))).mode & 0o777).toBe(modes.folder);
    expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(2);
    expect(await sample(metrics, 'tcpinfo_snapshot_total')).toBe(1);
  });

  it('lacks a line that is too long, which is counted as lost', async () => {
    const { saver, output, metrics } = setUp();
    saver.exchanged(`{"path":"/${'x'.repeat(70_000)}"}\n`);
    saver.exchanged('{"path":"/1"}\n');
    await saver.close();
    expect(await contentOf(join(output, FIRST))).toBe('{"path":"/1"}\n');
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'oversize' })).toBe(1);
  });

  it('begins anew with all others', async () => {
    const { saver, clock, files } = setUp();
    saver.exchanged('{"path":"/1"}\n');
    saver.rotateAll();
    clock.ms = 1;
    saver.exchanged('{"path":"/2"}\n');
    await saver.close();
    expect(files()).toHaveLength(2);
  });
});
