import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ArchiveInputError, openInputs, readRecords } from '../../archive/input/index.js';
import { chunks } from '../archive/input/sources.js';
import { cpuMs } from './inputs.js';

/** Number of inputs; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Math.ceil(Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 4000) / 4);
/** Maximum time for one input: one that takes longer hangs, or could be made to. */
const SLOWEST_MS = 10_000;
const BLOCK_BYTES = 512;

/** Returns a sparse archive in each of GNU's formats. */
async function sparseTars(): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tcp-info-fuzz-'));
  try {
    const fd = openSync(join(folder, 'a.jsonl'), 'w');
    for (let i = 0; i < 6; i++) writeSync(fd, '{"Timestamp":"2026-11-20T23:28:03Z","RawIDM":"AAAA"}\n', i * 131_072);
    ftruncateSync(fd, 700_000);
    closeSync(fd);
    const ways = [['gnu'], ...['0.0', '0.1', '1.0'].map((version) => ['posix', `--sparse-version=${version}`])];
    return ways.map(([format, ...more]) => {
      const tar = join(folder, 'x.tar');
      execFileSync('tar', ['-C', folder, '-S', `--format=${format}`, ...more, '-cf', tar, 'a.jsonl']);
      return readFileSync(tar).subarray(0, 64 * BLOCK_BYTES);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Corrects the checksums of everything that looks like a header. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + BLOCK_BYTES <= tar.length; at += BLOCK_BYTES) {
    const block = tar.subarray(at, at + BLOCK_BYTES);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return tar;
}

const tars = await sparseTars();

it('openInputs reads any sparse tar, or reports what is wrong', { timeout: 60_000 + numRuns * 20 }, async () => {
  const change = fc.record({
    // The input consists mostly of headers and maps.
    at: fc.oneof(fc.nat(4 * BLOCK_BYTES - 1), fc.constantFrom(...range(386, 512), ...range(124, 157))),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0x30, 0x37, 0x0a, 0x2c, 0x80, 0xff)),
  });
  const input = fc.record({ tar: fc.constantFrom(...tars), changes: fc.array(change, { maxLength: 4 }) });
  await fc.assert(
    fc.asyncProperty(input, async ({ tar, changes }) => {
      const bytes = Buffer.from(tar);
      for (const { at, byte } of changes) bytes[at] = byte;
      const problems: ArchiveInputError[] = [];
      const onProblem = (error: ArchiveInputError): void => void problems.push(error);
      const startMs = cpuMs();
      let records = 0;
      for await (const { source } of openInputs(['-'], { stdin: chunks(withChecksums(bytes)), onProblem })) {
        for await (const _ of readRecords(source, { onProblem })) records++;
      }
      expect(cpuMs() - startMs).toBeLessThan(SLOWEST_MS);
      expect(records).toBeLessThanOrEqual(6);
    }),
    { numRuns },
  );
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
