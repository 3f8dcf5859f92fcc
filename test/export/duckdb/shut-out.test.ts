import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { findSubcommand } from '../../../cmd/tcp-info/subcommands.js';
import { Engine } from '../../../export/duckdb/index.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { tempFolder } from '../../support/temp.js';

const SECRET = 'SECRET-MARK';

/** Creates a folder with an archive of one snapshot, and files that no expression may read. */
function scene() {
  const folder = tempFolder();
  const archive = join(folder, 'a_1.00000.jsonl');
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1]);
  const records = [
    { timestamp: ZERO_TIMESTAMP, metadata: { uuid: 'a_1', sequence: 0, startTime: '2026-11-20T23:28:03Z' } },
    { timestamp: '2026-11-20T23:28:03Z', rawIdm, attributes: [] },
  ];
  writeFileSync(archive, records.map(encodeRecord).join(''));
  const secret = join(folder, 'secret.csv');
  writeFileSync(secret, `word\n${SECRET}\n`);
  mkdirSync(join(folder, 'out'));
  return { folder, archive, secret, out: join(folder, 'out') };
}

async function exported(format: string, where: string, output: string, archive: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const args = [`--format=${format}`, `--where=${where}`, `--output=${output}`, archive];
  const code = await findSubcommand(['export'])?.run({
    args,
    stdout,
    stderr,
    signals: { onShutdown: () => undefined },
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

describe('export --where', () => {
  it.each(['csv', 'jsonl', 'parquet'])('can neither read a file nor detect its absence, with %s', async (format) => {
    const { folder, archive, secret, out } = scene();
    const output = format === 'parquet' ? out : '-';
    const absent = join(folder, 'absent.csv');
    for (const expression of [
      `error((SELECT content FROM read_text('${secret}')))`,
      `error((SELECT content FROM read_text('${absent}')))`,
      `error((SELECT content FROM read_text('${out}/.tcp-info-export/../../secret.csv')))`,
      `(SELECT count(*) FROM read_blob('${secret}')) > 0`,
      `(SELECT count(*) FROM glob('${folder}/*')) > 0`,
      `EXISTS (FROM '${secret}')`,
      `EXISTS (FROM read_csv('/etc/passwd', delim=':'))`,
      `EXISTS (FROM 'http://127.0.0.1:1/x.parquet')`,
    ]) {
      const { code, stdout, stderr } = await exported(format, expression, output, archive);
      expect({ expression, code, stdout }).toEqual({ expression, code: 2, stdout: '' });
      expect(stderr).toContain('disabled by configuration');
      expect(stderr).not.toContain(SECRET);
    }
    expect(readdirSync(out)).toEqual([]);
    expect(await exported(format, 'true', output, archive)).toMatchObject({ code: 0 });
  });
});

describe('--where for connections', () => {
  it.each(['summary', 'show'])('can read no file with %s', async (tool) => {
    const { archive, secret } = scene();
    for (const expression of [
      `EXISTS (FROM read_csv('${secret}'))`,
      `error((SELECT content FROM read_text('${secret}')))`,
    ]) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const [out, err] = [text(stdout), text(stderr)];
      const args = [`--where=${expression}`, archive];
      const code = await findSubcommand([tool])?.run({
        args,
        stdout,
        stderr,
        signals: { onShutdown: () => undefined },
      });
      stdout.end();
      stderr.end();
      expect({ code, stdout: await out }).toEqual({ code: 2, stdout: '' });
      expect(await err).toContain('disabled by configuration');
      expect(await err).not.toContain(SECRET);
    }
  });
});

describe('a locked DuckDB engine', () => {
  it('opens only the given files, and cannot be unlocked', async () => {
    const { folder, secret, out } = scene();
    const engine = await Engine.open({ memoryBytes: 2 ** 26, tempDirectory: join(folder, 'temp'), threads: 1 });
    try {
      await engine.shutOut({ files: [secret], folders: [out] });
      await expect(engine.rows('read', `SELECT content FROM read_text('${secret}')`)).resolves.toHaveLength(1);
      await expect(engine.run('write', `COPY (SELECT 1) TO '${out}/x' (FORMAT parquet)`)).resolves.toBe(1n);
      for (const sql of [
        `COPY (SELECT 1) TO '${folder}/x'`,
        `COPY (SELECT 1) TO '${out}-beside'`,
        `ATTACH '${folder}/x.db'`,
        'SET enable_external_access = true',
        `SET allowed_paths = ['/etc/passwd']`,
        'INSTALL httpfs',
      ]) {
        await expect(engine.run('try', sql), sql).rejects.toThrow(/disabled|Cannot|locked/);
      }
    } finally {
      engine.close();
    }
  });
});
