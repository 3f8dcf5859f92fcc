import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { encodeRecord } from '../../parse/index.js';
import { it, runDaemon } from '../support/run.js';

/** Writes an archive with one snapshot per hour, at half past. */
function writeDay(folder: string): string {
  const path = join(folder, 'day.jsonl');
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1, 0, 0, 1, 187, 0, 80, 10, 0, 0, 1]);
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  const lines = hours.map((hour) =>
    encodeRecord({ timestamp: `2026-03-01T${hour}:30:00Z`, rawIdm, attributes: [null, null, new Uint8Array(232)] }),
  );
  writeFileSync(path, lines.join(''));
  return path;
}

describe('times in SQL', () => {
  it.for(['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])('are UTC on a machine in %s', async (TZ, { folder }) => {
    const path = writeDay(folder);
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runDaemon([...args, path], { env: { TZ } });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const afternoon = "timestamp >= '2026-03-01 12:00:00'";
    const sql = `SELECT count(*) AS n, min(hour(timestamp)) AS hour, min(date_trunc('day', timestamp)) AS day,
      min(timestamp::TIMESTAMP)::VARCHAR AS text, list(timestamp ORDER BY timestamp)[:1] AS first
      FROM snapshots WHERE ${afternoon}`;
    const row = '12,12,2026-03-01T00:00:00Z,2026-03-01 12:30:00,[2026-03-01T12:30:00Z]';
    expect(await run('query', '--format=csv', sql)).toBe(`n,hour,day,text,first\n${row}\n`);
    const exported = await run('export', '--format=csv', '--columns=timestamp', '--where', afternoon);
    expect(exported.trimEnd().split('\n').slice(1)).toHaveLength(12);
  });
});
