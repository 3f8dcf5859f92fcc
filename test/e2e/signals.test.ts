import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { encodeRecord, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame, MAX_FRAME_CONTENT_BYTES } from '../../zstd/index.js';
import { DAEMON, requireBuilt } from '../support/daemon.js';
import { it } from '../support/run.js';
import { until, within } from '../support/waiting.js';

const CSVTOOL = join(import.meta.dirname, '../../dist/cmd/csvtool/main.js');
/** Content of the archive: far more than a tool reads during the test. */
const CONTENT_BYTES = 20e9;
/** CPU time after which a tool is reading, in ticks of 10 ms. Starting takes less than half of it. */
const READING_TICKS = 250;

/** Writes an archive of one connection: the same frame, full of snapshots, again and again. */
async function writeLongArchive(folder: string): Promise<string> {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1, 0, 0, 1, 187, 0, 80, 10, 0, 0, 1]);
  const info = new Uint8Array(232);
  const first = { uuid: 'host_1_00000000000000AA', sequence: 0, startTime: '2026-03-01T00:00:00Z' };
  const metadata = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: first });
  const line = encodeRecord({ timestamp: '2026-03-01T00:00:00Z', rawIdm, attributes: [null, null, info] });
  const frame = await compressFrame(Buffer.from(line.repeat(Math.floor(MAX_FRAME_CONTENT_BYTES / line.length))));
  const frames = Array.from({ length: CONTENT_BYTES / MAX_FRAME_CONTENT_BYTES }, () => frame);
  const path = join(folder, 'host_1_00000000000000AA.00000.jsonl.zst');
  writeFileSync(path, Buffer.concat([await compressFrame(Buffer.from(metadata)), ...frames]));
  return path;
}

/** Returns the user time of a process in ticks; undefined when it has ended. */
function ticks({ pid }: ChildProcess): number | undefined {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(') ')[1]?.split(' ')[11]) : undefined;
}

describe('one signal ends a decoding tool, which leaves nothing behind:', () => {
  const tools: readonly (readonly [string, (folder: string) => readonly string[]])[] = [
    ['summary', (folder) => [DAEMON, 'summary', `--output=${join(folder, 'made/x')}`]],
    ['show', (folder) => [DAEMON, 'show', `--html=${join(folder, 'made/x')}`]],
    ['export', (folder) => [DAEMON, 'export', '--format=csv', `--output=${join(folder, 'made/x')}`]],
    ['export to Parquet', (folder) => [DAEMON, 'export', '--format=parquet', `--output=${join(folder, 'made')}`]],
    ['query', () => [DAEMON, 'query', 'SELECT count(tcpi_rtt) FROM snapshots']],
    ['repair', () => [DAEMON, 'repair', '--dry-run', '--min-age=1s']],
    ['csvtool', () => [CSVTOOL]],
  ];

  it.for(
    tools.flatMap(([name, args], i) => [[name, (['SIGINT', 'SIGTERM'] as const)[i % 2] ?? 'SIGINT', args] as const]),
  )('%s, %s', async ([, signal, args], { folder }) => {
    requireBuilt();
    const [input, made, temporary] = ['input', 'made', 'temporary'].map((name) => join(folder, name));
    if (input === undefined || made === undefined || temporary === undefined) throw new TypeError('no folders');
    for (const path of [input, made, temporary]) mkdirSync(path);
    const path = await writeLongArchive(input);
    const child = spawn(process.execPath, [...args(folder), path], {
      env: { PATH: process.env['PATH'], TMPDIR: temporary },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
        child.once('exit', (code, by) => resolve(by ?? code)),
      );
      await until('the tool reads', () => {
        const used = ticks(child);
        if (used === undefined || child.exitCode !== null) throw new Error(`it has ended: ${stderr}`);
        return used >= READING_TICKS;
      });
      child.kill(signal);
      const outcome = await within('the end', ended);
      expect([signal, signal === 'SIGINT' ? 130 : 143]).toContain(outcome);
      expect(readdirSync(temporary)).toEqual([]);
      expect(readdirSync(made)).toEqual([]);
      expect(readdirSync(input)).toHaveLength(1);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
