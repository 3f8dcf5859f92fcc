import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ArchiveInputError,
  type ArchiveSource,
  fileSource,
  readRecords,
  streamSource,
} from '../../../archive/input/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { tempFolder } from '../../support/temp.js';
import { chunks, collect, sourceOf } from './sources.js';

const TEXT = '{"Timestamp":"2026-11-20T23:28:03Z"}\n{"Timestamp":"2026-11-20T23:28:04Z"}\n';
const FRAMES = Buffer.concat(await Promise.all([TEXT, TEXT].map((text) => compressFrame(Buffer.from(text)))));

function file(name: string, content: string | Uint8Array): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
}

async function timestamps(source: ArchiveSource): Promise<string[]> {
  const { items, error } = await collect(readRecords(source));
  if (error !== undefined) throw error;
  return items.map(({ line, record }) => `${line} ${record.timestamp}`);
}

describe('fileSource', () => {
  it('reads compressed and plain files, whatever their names', async () => {
    const once = ['1 2026-11-20T23:28:03Z', '2 2026-11-20T23:28:04Z'];
    const twice = [...once, '3 2026-11-20T23:28:03Z', '4 2026-11-20T23:28:04Z'];
    expect(await timestamps(fileSource(file('a.jsonl', TEXT)))).toEqual(once);
    expect(await timestamps(fileSource(file('a.jsonl.zst', FRAMES)))).toEqual(twice);
    expect(await timestamps(fileSource(file('a', FRAMES)))).toEqual(twice);
  });

  it('rejects a .zst file that is not compressed', async () => {
    const path = file('a.zst', TEXT);
    const message = `read archive ${path}: damaged: zstd frame at byte 0: not a zstd frame`;
    await expect(timestamps(fileSource(path))).rejects.toMatchObject({ code: 'ERR_CORRUPT', line: undefined, message });
  });

  it('accepts an empty file as an empty archive, but not an empty .zst', async () => {
    expect(await timestamps(fileSource(file('a.jsonl', '')))).toEqual([]);
    await expect(timestamps(fileSource(file('a.zst', '')))).rejects.toMatchObject({ code: 'ERR_CUT' });
  });

  it('reports why it cannot read a file', async () => {
    const folder = tempFolder();
    const missing = join(folder, 'missing');
    await expect(timestamps(fileSource(missing))).rejects.toMatchObject({
      name: 'ArchiveInputError',
      code: 'ENOENT',
      path: missing,
      message: `read archive ${missing}: no such file or directory (ENOENT)`,
    });
    await expect(timestamps(fileSource(folder))).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('streamSource', () => {
  it('recognises compressed data by its first bytes, for any chunking', async () => {
    for (const chunkBytes of [1, 2, 3, 4, 5, 1000]) {
      expect(await timestamps(streamSource('stdin', chunks(FRAMES, chunkBytes)))).toHaveLength(4);
      expect(await timestamps(streamSource('stdin', chunks(Buffer.from(TEXT), chunkBytes)))).toHaveLength(2);
    }
    expect(await timestamps(sourceOf('{}'))).toEqual(['1 0001-01-01T00:00:00Z']);
  });

  it('passes on damaged data unchanged', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(TEXT);
      throw new TypeError('a defect');
    }
    const { items, error } = await collect(readRecords(streamSource('stdin', broken())));
    expect(items).toHaveLength(2);
    expect(error).toEqual(new TypeError('a defect'));
  });
});

describe('readRecords', () => {
  it.each([
    ['{', 'ERR_JSON', 'line is not JSON'],
    ['', 'ERR_JSON', 'line is not JSON'],
    ['{"RawIDM":"?"}', 'ERR_RECORD', 'RawIDM is not standard base64'],
  ])('returns the records before %j and the position of the error', async (line, code, reason) => {
    const { items, error } = await collect(readRecords(sourceOf(`${TEXT}${line}\n${TEXT}`)));
    expect(items.map((item) => item.line)).toEqual([1, 2]);
    expect(error).toMatchObject({ name: 'ArchiveInputError', code, line: 3, path: 'a.jsonl' });
    expect(error).toHaveProperty('message', `read archive a.jsonl, line 3: ${reason}`);
    expect(error).toHaveProperty('cause.name', 'DecodeError');
  });

  it('yields no line that ends with a truncated frame', async () => {
    const frames = await Promise.all(
      [TEXT.slice(0, 50), TEXT.slice(50)].map((text) => compressFrame(Buffer.from(text))),
    );
    const cut = Buffer.concat(frames).subarray(0, -5);
    const { items, error } = await collect(readRecords(sourceOf(cut)));
    expect(items.map((item) => item.line)).toEqual([1]);
    expect(error).toMatchObject({ code: 'ERR_CUT', cause: { code: 'ERR_TRUNCATED' } });
    const second = frames[0]?.length;
    expect(error).toHaveProperty(
      'message',
      `read archive a.jsonl: cut: zstd frame at byte ${second}: input ends inside the frame`,
    );
  });

  it('ends at a cut, and reports it to onProblem', async () => {
    const told: ArchiveInputError[] = [];
    const onProblem = (error: ArchiveInputError): void => void told.push(error);
    const [whole = Buffer.alloc(0), next = Buffer.alloc(0)] = [FRAMES, await compressFrame(Buffer.from(TEXT))];
    const cut = await collect(readRecords(sourceOf(Buffer.concat([whole, next.subarray(0, -1)])), { onProblem }));
    expect(cut.error).toBeUndefined();
    expect(cut.items).toHaveLength(4);
    const empty = file('a.jsonl.zst', '');
    expect(await collect(readRecords(fileSource(empty), { onProblem }))).toEqual({ items: [] });
    expect(told.map(({ code, path }) => [code, path])).toEqual([
      ['ERR_CUT', 'a.jsonl'],
      ['ERR_CUT', empty],
    ]);
  });

  it('never mistakes damage for a cut', async () => {
    const bad = Buffer.from(FRAMES);
    bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
    const { items, error } = await collect(readRecords(sourceOf(bad)));
    expect(items).toHaveLength(2);
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM', message: expect.stringContaining(': damaged: ') });
  });
});
