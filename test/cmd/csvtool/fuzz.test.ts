import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../parse/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { packings, tar } from '../../archive/input/packed.js';
import { tempFolder } from '../../support/temp.js';
import { csvtool } from './program.js';

/** Returns an archive line with unique text, so that a wrong row cannot pass for another one. */
function line(n: number): string {
  const rawIdm = Buffer.from(Array.from({ length: 72 }, (_, i) => (i * 31 + n * 7) & 0xff));
  const tcpInfo = Buffer.from(Array.from({ length: 232 }, (_, i) => (i * 17 + n * 13) & 0xff));
  return encodeRecord({ timestamp: `2026-11-20T23:28:03.${1000 + n}Z`, rawIdm, attributes: [null, null, tcpInfo] });
}

const LINES = Array.from({ length: 30 }, (_, n) => line(n));
const PLAIN = Buffer.from(LINES.join(''));
const COMPRESSED = Buffer.concat(
  await Promise.all([0, 10, 20].map((at) => compressFrame(Buffer.from(LINES.slice(at, at + 10).join(''))))),
);
const ROWS = new Set((await csvtool([], PLAIN)).stdout.toString().split('\n'));

/** Damage: truncation, flipped bits, or an overwritten range. */
const damage = fc.oneof(
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % bytes.length)),
  fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map((bits) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    for (const bit of bits) copy[(bit >> 3) % copy.length] = (copy[(bit >> 3) % copy.length] ?? 0) ^ (1 << (bit & 7));
    return copy;
  }),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 2000 })).map(([at, junk]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy.set(junk.slice(0, copy.length - (at % copy.length)), at % copy.length);
    return copy;
  }),
);

/** Checks a run of csvtool: rows are unchanged, and exit code 3 comes with a message. */
async function check(path: string, original: Buffer, bytes: Buffer, isChecked: boolean): Promise<void> {
  writeFileSync(path, bytes);
  const [fromFile, fromStdin] = [await csvtool([path]), await csvtool([], bytes)];
  for (const { code, stdout, stderr } of [fromFile, fromStdin]) {
    expect([0, 3]).toContain(code);
    if (code === 3) expect(stderr).toMatch(/^(csvtool: [^\n]+\n)+$/);
    else if (!bytes.equals(original)) expect(stdout.toString()).toMatch(/^Timestamp/);
    if (!isChecked) continue;
    for (const row of stdout.toString().split('\n')) expect(ROWS.has(row), row).toBe(true);
  }
}

describe('csvtool with damaged input', () => {
  const kinds = async (): Promise<Record<string, Buffer>> => {
    const tars = await packings(tar({ 'a.jsonl.zst': COMPRESSED, 'b.jsonl.zst': COMPRESSED }));
    return { '.jsonl': PLAIN, '.jsonl.zst': COMPRESSED, ...tars };
  };

  it.each([
    '.jsonl',
    '.jsonl.zst',
    '.tar',
    '.tgz',
    '.tar.gz',
    '.tar.zst',
  ])('survives a damaged %s and prints no row that fails its checksum', async (ending) => {
    const original = (await kinds())[ending] ?? Buffer.alloc(0);
    const path = join(tempFolder(), `x${ending}`);
    await fc.assert(
      fc.asyncProperty(damage, async (hurt) => check(path, original, hurt(original), ending !== '.jsonl')),
      { numRuns: 150 },
    );
  });

  it.each([
    '.jsonl',
    '.jsonl.zst',
    '.tar',
    '.tgz',
    '.tar.zst',
    '',
  ])('survives random bytes in a file named x%s', async (ending) => {
    const path = join(tempFolder(), `x${ending}`);
    const start = fc.constantFrom('', '28b52ffd', '28b52ffd0458', '1f8b0800000000000003', '7b22', '502a4d18');
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 3000, size: 'max' }), async (magic, bytes) => {
        const input = Buffer.concat([Buffer.from(magic, 'hex'), bytes]);
        await check(path, input, input, false);
      }),
      { numRuns: 150 },
    );
  });
});
