import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run } from '../../../cmd/csvtool/run.js';
import { decodeRecord, encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { chunks } from '../../archive/input/sources.js';
import { tempFolder } from '../../support/temp.js';
import { csvtool } from './program.js';

/** Returns an archive line with `n` in its time and header. */
function line(n: number): string {
  const rawIdm = new Uint8Array(72);
  new DataView(rawIdm.buffer).setUint32(60, n, true);
  const tcpInfo = Uint8Array.from({ length: 280 }, (_, i) => (i * 7 + n) & 0xff);
  const timestamp = `2026-11-20T23:28:${String(n % 60).padStart(2, '0')}.5Z`;
  return encodeRecord({ timestamp, rawIdm, attributes: [null, null, tcpInfo] });
}

const LINES = Array.from({ length: 40 }, (_, n) => line(n));
const ARCHIVE = Buffer.from(LINES.join(''));
const { stdout: CSV } = await csvtool([], ARCHIVE);
const ROWS = CSV.toString().split(/(?<=\n)/);

/** The archive in four frames. */
const FRAMES = await Promise.all(
  [0, 10, 20, 30].map((at) => compressFrame(Buffer.from(LINES.slice(at, at + 10).join('')))),
);
const COMPRESSED = Buffer.concat(FRAMES);

describe('csvtool', () => {
  it('writes the same for an archive with provenance', async () => {
    const provenance = { schema: 1, kernel: '6.18.44', intervalNs: 10_000_000, host: 'h', firstSeen: 'scan' };
    const metadata = { uuid: 'u', sequence: 0, startTime: '2026-11-20T23:28:00Z' };
    const lines = [{ timestamp: ZERO_TIMESTAMP, metadata }, ...LINES.map((each) => decodeRecord(each))];
    const more = lines.map((record, scan) => ({
      ...record,
      ...('metadata' in record
        ? { metadata: { ...metadata, provenance } }
        : { provenance: { scan, unchangedUntil: '2026-11-20T23:28:00Z', reason: 'StateOrCounterChange' } }),
    }));
    const { code, stdout } = await csvtool([], Buffer.from(more.map(encodeRecord).join('')));
    expect(code).toBe(0);
    expect(stdout).toEqual((await csvtool([], Buffer.from(lines.map(encodeRecord).join('')))).stdout);
  });

  it('writes a header and a row for each record', async () => {
    expect(ROWS).toHaveLength(41);
    expect(ROWS[0]).toMatch(/^Timestamp,Observed,NotFullyParsed,IDM.Family,/);
    expect(ROWS[31]).toMatch(/^2026-11-20T23:28:30.5Z,2,2,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,0,0,30,0,0,,0,/);
    const empty = await csvtool([]);
    expect(empty).toEqual({ code: 0, stdout: Buffer.from(ROWS[0] ?? ''), stderr: '' });
  });

  it('writes the same for a file and standard input, compressed or not', async () => {
    const folder = tempFolder();
    const plain = join(folder, 'a.jsonl');
    const compressed = join(folder, 'a.jsonl.zst');
    writeFileSync(plain, ARCHIVE);
    writeFileSync(compressed, COMPRESSED);
    const outcomes = [
      await csvtool([plain]),
      await csvtool(['--', plain]),
      await csvtool([compressed]),
      await csvtool([], ARCHIVE),
      await csvtool(['-'], ARCHIVE),
      await csvtool([], COMPRESSED),
      await csvtool([], ARCHIVE.subarray(0, -1)), // without the last newline
    ];
    for (const outcome of outcomes) expect(outcome).toEqual({ code: 0, stdout: CSV, stderr: '' });
  });

  it('writes large archives in pieces, and never waits for more than a piece', async () => {
    let pending = 0;
    let largest = 0;
    let rows = 0;
    const stdout = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        expect(++pending).toBe(1);
        largest = Math.max(largest, chunk.length);
        rows += chunk.toString().split('\n').length - 1;
        setImmediate(() => {
          pending--;
          done();
        });
      },
    });
    const many = Buffer.concat(Array.from({ length: 100 }, () => ARCHIVE));
    expect(await run({ args: [], stdin: chunks(many), stdout, stderr: new Writable() })).toBe(0);
    expect(rows).toBe(4001);
    expect(largest).toBeLessThan(66 * 1024);
  });

  it.each([
    ['text that is not JSON', 'x', 'line is not JSON'],
    ['no content', '', 'line is not JSON'],
    ['neither Metadata nor RawIDM', '{}', 'record has neither Metadata nor RawIDM'],
    ['a RawIDM that is too short', '{"RawIDM":"AgEA"}', 'RawIDM: 3 bytes < 72'],
  ])('skips a line with %s, and stops there with -strict', async (_, bad, reason) => {
    const stderr = (n: number) => `csvtool: read archive standard input, line ${n}: ${reason}\n`;
    const input = Buffer.from(`${LINES[0]}${LINES[1]}${bad}\n${LINES[2]}`);
    expect(await csvtool([], input)).toEqual({
      code: 3,
      stdout: Buffer.from(ROWS.slice(0, 4).join('')),
      stderr: stderr(3),
    });
    expect(await csvtool(['-strict'], input)).toEqual({
      code: 3,
      stdout: Buffer.from(ROWS.slice(0, 3).join('')),
      stderr: stderr(3),
    });
    const first = Buffer.from(`${bad}\n`);
    expect(await csvtool([], first)).toEqual({ code: 3, stdout: Buffer.from(ROWS[0] ?? ''), stderr: stderr(1) });
    expect(await csvtool(['--strict'], first)).toEqual({ code: 3, stdout: Buffer.alloc(0), stderr: stderr(1) });
  });

  it('reports twenty problems in full, and the total number', async () => {
    const input = Buffer.from(`${'x\n'.repeat(1254)}${LINES[0]}`);
    const { code, stdout, stderr } = await csvtool([], input);
    const lines = stderr.split('\n');
    expect(code).toBe(3);
    expect(stdout.toString()).toBe(ROWS.slice(0, 2).join(''));
    expect(lines[19]).toBe('csvtool: read archive standard input, line 20: line is not JSON');
    expect(lines.slice(20)).toEqual(['csvtool: … and 1234 more', 'csvtool: in all: 1254 lines skipped', '']);
  });

  it('reports why a file is not readable', async () => {
    const path = join(tempFolder(), 'missing.jsonl.zst');
    const stderr = `csvtool: read archive ${path}: no such file or directory (ENOENT)\n`;
    expect(await csvtool([path])).toEqual({ code: 1, stdout: Buffer.alloc(0), stderr });
  });

  it('converts several files, folders and patterns to one table', async () => {
    const folder = tempFolder();
    const third = ARCHIVE.length / LINES.length;
    const cut = [0, 10, 20, 40].map((n) => n * third);
    expect(cut.every(Number.isInteger)).toBe(true);
    const [a, b, c] = [0, 1, 2].map((n) => ARCHIVE.subarray(cut[n], cut[n + 1]));
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/u.00000.jsonl'), a ?? '');
    writeFileSync(join(folder, 'u.00001.jsonl.zst'), await compressFrame(Buffer.from(b ?? '')));
    writeFileSync(join(folder, 'deep/u.00002.jsonl'), c ?? '');
    writeFileSync(join(folder, 'README'), 'not an archive');
    const files = ['deep/u.00002.jsonl', 'u.00001.jsonl.zst', 'deep/er/u.00000.jsonl'].map((name) =>
      join(folder, name),
    );
    for (const paths of [files, [folder], [`${folder}/**`], [join(folder, 'deep'), folder]]) {
      expect(await csvtool(paths)).toEqual({ code: 0, stdout: CSV, stderr: '' });
    }
  });

  it.each([[['-x']], [['--no-such-flag', 'a']], [['-versoin']]])('rejects %j', async (args) => {
    const { code, stdout, stderr } = await csvtool(args);
    expect({ code, stdout: stdout.length }).toEqual({ code: 2, stdout: 0 });
    expect(stderr).toMatch(/^csvtool: -\S+: no such flag.*\n$/);
  });

  it('suggests a flag for a mistyped one, in one line', async () => {
    const stderr = 'csvtool: -column: no such flag; did you mean -columns? (see --help)\n';
    expect(await csvtool(['-column=all', 'data'])).toMatchObject({ code: 2, stderr });
  });

  it('escapes arguments in messages', async () => {
    const { code, stderr } = await csvtool(['-\u001b[2J']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'csvtool: -\\u{1b}[2J: no such flag (see --help)\n' });
  });

  it.each([
    ['-columns=some', 'expected all'],
    ['-clean=maybe', 'expected true or false'],
    ['-strict=2', 'expected true or false'],
  ])('rejects %s', async (flag, reason) => {
    const { code, stdout, stderr } = await csvtool([flag]);
    expect({ code, stdout: stdout.length }).toEqual({ code: 2, stdout: 0 });
    expect(stderr.split('\n')[0]).toMatch(new RegExp(`^csvtool: ${flag}: ${reason}`));
  });

  it('prints all columns, or clean ones, with the UUID of each archive', async () => {
    const folder = tempFolder();
    const start = (uuid: string): string =>
      encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { uuid, sequence: 0, startTime: '2026-11-20T23:28:00Z' } });
    writeFileSync(join(folder, 'a.00000.jsonl'), start('a_1') + line(1));
    writeFileSync(join(folder, 'b.00000.jsonl'), line(2));
    const uuids = async (...flags: string[]): Promise<(string | undefined)[]> => {
      const { code, stdout } = await csvtool([...flags, folder]);
      expect(code).toBe(0);
      const [header = [], ...rows] = stdout
        .toString()
        .trimEnd()
        .split('\n')
        .map((row) => row.split(','));
      expect(header.includes('TCP.LastAckRecv')).toBe(flags.includes('-clean'));
      for (const row of rows) expect(row).toHaveLength(header.length);
      return rows.map((row) => row[header.indexOf('uuid')]);
    };
    expect(await uuids('-columns=all')).toEqual(['a_1', 'a_1', '']);
    expect(await uuids('-columns=all', '-clean')).toEqual(['a_1', '']);
    expect(await uuids('-clean')).toHaveLength(2);
  });

  it('prints help and version', async () => {
    for (const flag of ['-h', '-help', '--help']) {
      const { code, stdout } = await csvtool([flag]);
      expect(code).toBe(0);
      expect(stdout.toString()).toContain('Usage: csvtool [FLAGS] [PATH...]');
    }
    for (const flag of ['-version', '--version']) {
      expect((await csvtool([flag])).stdout.toString()).toMatch(
        /^csvtool \d+\.\d+\.\d+( \(commit [0-9a-f]{7}(, with changes)?\))?\n$/,
      );
    }
  });
});

describe('csvtool with an output that fails', () => {
  async function failing(code: string): Promise<{ exit: number; stderr: string; read: number }> {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; ; read++) yield ARCHIVE;
    }
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })),
    });
    let stderr = '';
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        stderr += chunk.toString();
        done();
      },
    });
    return { exit: await run({ args: [], stdin: endless(), stdout, stderr: sink }), stderr, read };
  }

  it('ends silently when the reader closes the pipe', async () => {
    const { exit, stderr, read } = await failing('EPIPE');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(read).toBeLessThan(20);
  });

  it('fails when it cannot write', async () => {
    expect(await failing('ENOSPC')).toMatchObject({ exit: 1, stderr: 'csvtool: write standard output: ENOSPC: no\n' });
  });
});

describe('csvtool with bad input', () => {
  /** One-line messages. */
  const MESSAGES =
    /^(?:csvtool: read archive standard input(?:, line \d+|:\S+)?: [^\n]+\n)+(?:csvtool: (?:in all|…)[^\n]+\n)*$/;

  it('reads any bytes, or reports why not', async () => {
    const magic = fc.constant(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
    const text = fc
      .array(
        fc.oneof(fc.constantFrom(...LINES), fc.json(), fc.string(), fc.constantFrom('\n', '{}', '{"RawIDM":""}\n')),
      )
      .map((parts) => Buffer.from(parts.join('')));
    const bytes = fc.array(fc.oneof(magic, fc.uint8Array(), text)).map((parts) => Buffer.concat(parts));
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => {
        const { code, stderr } = await csvtool([], input);
        if (code === 0) expect(stderr).toBe('');
        else expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(MESSAGES) });
      }),
      { numRuns: 500 },
    );
  });

  /** Checks that an output is correct up to some row. */
  function expectRightRows(stdout: Buffer): void {
    const text = stdout.toString();
    expect(text === '' || text.endsWith('\n')).toBe(true);
    expect(CSV.toString().startsWith(text)).toBe(true);
  }

  it('writes all whole frames of a truncated file, and reports the truncation', async () => {
    const boundaries = FRAMES.map((_, i) => FRAMES.slice(0, i).reduce((sum, frame) => sum + frame.length, 0));
    const path = join(tempFolder(), 'cut.jsonl.zst');
    await fc.assert(
      fc.asyncProperty(fc.nat(COMPRESSED.length - 1), async (cut) => {
        writeFileSync(path, COMPRESSED.subarray(0, cut));
        const { code, stdout, stderr } = await csvtool([path]);
        expectRightRows(stdout);
        const frames = boundaries.filter((at) => at > 0 && at <= cut).length;
        const rows = frames * 10 + 1;
        expect(stdout.toString().split('\n')).toHaveLength(rows + 1);
        // The cut is between frames: the file does not show it.
        const whole = cut > 0 && boundaries.includes(cut);
        expect(code).toBe(whole ? 0 : 3);
        if (!whole)
          expect(stderr).toMatch(/^csvtool: read archive \S+cut.jsonl.zst: cut: zstd frame at byte \d+: [^\n]+\n$/);
      }),
    );
  });

  it('writes no wrong row of a file with a flipped bit', async () => {
    const path = join(tempFolder(), 'flipped.jsonl.zst');
    await fc.assert(
      fc.asyncProperty(fc.nat(COMPRESSED.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(COMPRESSED);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(path, flipped);
        const { code, stdout } = await csvtool([path]);
        expectRightRows(stdout);
        // Some bits of a frame header do not matter: the decoder's window may be larger than needed.
        expect(code).toBe(stdout.equals(CSV) && code === 0 ? 0 : 3);
      }),
      { numRuns: 300 },
    );
  });
});
