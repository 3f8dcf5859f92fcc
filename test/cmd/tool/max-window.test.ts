import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { run } from '../../../cmd/csvtool/run.js';
import { findSubcommand } from '../../../cmd/tcp-info/subcommands.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { tempFolder } from '../../support/temp.js';

/** Window_Descriptor of 256 MiB, and its offset in a frame. */
const [WINDOW, WINDOW_AT] = [0x90, 5];

/** Creates an archive whose frame requires a window of 256 MiB. */
async function archive(): Promise<string> {
  const metadata = { uuid: 'host_1_00000000000000AA', sequence: 0, startTime: '2026-03-01T00:00:00Z' };
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1]);
  const attributes = [null, null, new Uint8Array(232)];
  const records = [
    { timestamp: ZERO_TIMESTAMP, metadata },
    { timestamp: '2026-03-01T00:00:00Z', rawIdm, attributes },
  ];
  const frame = await compressFrame(Buffer.from(records.map(encodeRecord).join('')));
  frame.writeUInt8(WINDOW, WINDOW_AT);
  const path = join(tempFolder(), 'host_1_00000000000000AA.00000.jsonl.zst');
  writeFileSync(path, frame);
  return path;
}

async function outcome(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const [program = '', ...rest] = args;
  const signals = { onShutdown: () => undefined };
  const code =
    program === 'csvtool'
      ? await run({ args: rest, stdin: new PassThrough(), stdout, stderr })
      : await findSubcommand([program])?.run({ args: rest, stdout, stderr, signals });
  stdout.end();
  stderr.end();
  await out;
  if (code === undefined) throw new RangeError(`no program ${program}`);
  return { code, stderr: await err };
}

describe('an archive with a window above 128 MiB', () => {
  it.each([
    ['csvtool', []],
    ['summary', []],
    ['show', []],
    ['query', ['SELECT count(*) FROM snapshots']],
    ['export', ['--format=csv']],
    ['export', ['--format=parquet']],
  ] as const)('is read by %s with --max-window', async (program, args) => {
    const path = await archive();
    const withFlags = (...flags: readonly string[]) => {
      const output = args.includes('--format=parquet' as never) ? [`--output=${join(tempFolder(), 'out')}`] : [];
      return outcome([program, ...flags, ...output, ...args, path]);
    };
    const refused = await withFlags();
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('window of 268435456 bytes exceeds 134217728');
    expect(await withFlags('--max-window=256MiB')).toMatchObject({ code: 0 });
    const wrong = await withFlags('--max-window=2GiB');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('expected a size from 1KiB to 1GiB');
  });
});
