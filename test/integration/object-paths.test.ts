import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { makeArchives } from '../support/many-archives.js';
import { it, runDaemon } from '../support/run.js';
import { haveSwift, Swift } from '../support/swift.js';

const isThere = haveSwift('archives read from Swift');
const UUID = 'h_1_0000000000000011';

describe.skipIf(!isThere)('archives in an object store', () => {
  let swift: Swift;

  beforeAll(async () => {
    swift = await Swift.start('bucket', 'empty');
  });
  afterAll(async () => {
    await swift?.[Symbol.asyncDispose]();
  });

  /** Runs the program with a temporary folder of its own, which must be empty at the end. */
  async function run(folder: string, ...args: readonly string[]): ReturnType<typeof runDaemon> {
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary, { recursive: true });
    const outcome = await runDaemon(args, { env: { ...swift.env, TMPDIR: temporary, HOME: folder, NO_COLOR: '1' } });
    expect(readdirSync(temporary)).toEqual([]);
    return outcome;
  }

  /** Returns the exit code and the output, with the place of the archives replaced, and files by their names. */
  function answer(
    place: string,
    { code, stdout }: { readonly code: number | null; readonly stdout: string },
  ): readonly unknown[] {
    return [code, stdout.replaceAll(place, 'PLACE').replace(/"path":"[^"]*\//g, '"path":"')];
  }

  it('are read as those on disk, from bundles of both formats, and one by one', async ({ folder }) => {
    const data = join(folder, 'data');
    await makeArchives(data, 40);
    const expected = {
      summary: answer(data, await run(folder, 'summary', '--format=json', data)),
      query: answer(data, await run(folder, 'query', '--format=csv', QUERY, data)),
      show: answer(data, await run(folder, 'show', '--format=json', UUID, data)),
      export: answer(data, await run(folder, 'export', '--format=csv', '--columns=uuid,timestamp', data)),
    };
    expect(expected.show[0]).toBe(0);
    for (const format of ['tar.zst', 'tgz']) {
      const sent = join(folder, `sent-${format}`);
      cpSync(data, sent, { recursive: true });
      const to = `s3://bucket/${format}`;
      const uploaded = await run(
        folder,
        'upload',
        `--archives=${sent}`,
        `--state=${join(folder, 'state')}`,
        `--to=${to}`,
        `--format=${format}`,
        '--once',
        '--size=20KiB',
      );
      expect([uploaded.code, uploaded.stderr]).toEqual([0, expect.stringContaining('archives=40 left=0')]);
      expect(answer(to, await run(folder, 'summary', '--format=json', to))).toEqual(expected.summary);
      expect(answer(to, await run(folder, 'query', '--format=csv', QUERY, to))).toEqual(expected.query);
      expect(answer(to, await run(folder, 'show', '--format=json', UUID, to))).toEqual(expected.show);
      // Below one day, and by the end of the UUID.
      expect(answer(to, await run(folder, 'show', '--format=json', '0000000000000011', `${to}/2026/11/13/`))).toEqual(
        expected.show,
      );
      const rows = await run(folder, 'export', '--format=csv', '--columns=uuid,timestamp', to);
      expect(rows.stdout.split('\n').sort()).toEqual(String(expected.export[1]).split('\n').sort());
    }
  });

  it('are read by range: a connection takes its index and its bytes, not its bundle', async ({ folder }) => {
    const data = join(folder, 'data');
    await makeArchives(data, 40);
    const to = 's3://bucket/range';
    await run(folder, 'upload', `--archives=${data}`, `--state=${join(folder, 'state')}`, `--to=${to}`, '--once');
    const { code, stderr } = await runDaemon(['show', UUID, to], {
      env: { ...swift.env, HOME: folder, NO_COLOR: '1', TCP_INFO_DOWNLOAD_MAX: '1' },
    });
    expect([code, stderr]).toEqual([0, '']);
    const whole = await run(folder, 'summary', to);
    expect(whole.code).toBe(0);
  });

  it('are refused with one line if nothing is there, too much, or the place makes no sense', async ({ folder }) => {
    expect(await run(folder, 'summary', 's3://empty/x')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tcp-info summary: s3://empty/x: no archive, bundle or table there\n',
    });
    expect(await run(folder, 'summary', 's3://Bucket')).toMatchObject({
      code: 2,
      stderr: 'tcp-info summary: s3://Bucket: expected s3://BUCKET/PREFIX or gs://BUCKET/PREFIX\n',
    });
    const missing = await run(folder, 'query', 'SELECT 1', 's3://missing');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('NoSuchBucket') });
    const data = join(folder, 'data');
    await makeArchives(data, 3);
    await run(
      folder,
      'upload',
      `--archives=${data}`,
      `--state=${join(folder, 'state')}`,
      '--to=s3://bucket/bound',
      '--once',
    );
    const unknown = await run(folder, 'show', 'FFFFFFFF', 's3://bucket/bound');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('in s3://bucket/bound ends like this') });
    const env = { ...swift.env, HOME: folder, TCP_INFO_DOWNLOAD_MAX: '1kB' };
    const bounded = await runDaemon(['summary', 's3://bucket/bound'], { env });
    expect(bounded.code).toBe(1);
    expect(bounded.stderr).toMatch(
      /3 objects of \d+ bytes, more than 1000: name less, such as one day, or set TCP_INFO_DOWNLOAD_MAX\n$/,
    );
    expect(existsSync(join(folder, 'tmp'))).toBe(true);
  });
});

/** Counts and sums that name no file. */
const QUERY = 'SELECT count(*), count(DISTINCT uuid), min(timestamp), max(timestamp) FROM snapshots';
