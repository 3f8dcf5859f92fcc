import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, readOutput } from '../support/archives.js';
import { requireBuilt } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { until, within } from '../support/waiting.js';

const PROGRAM = join(import.meta.dirname, '../support/midnight.mjs');

describe.skipIf(!haveLab('midnight'))('an archive at midnight UTC', () => {
  it('stays in the folder of its first day; later ones go to the new day', async ({ lab }) => {
    requireBuilt();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near } = await lab.connectIn(port);
    const output = join(lab.folder, 'midnight');
    const [file, args] = lab.near.command(process.execPath, PROGRAM, output, '1000');
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await within('a scan', new Promise((resolve) => child.stdout.once('data', resolve)));
      await lab.nearPeer.stream([near], 1000, 5);
      await until('three files', () => archivePaths(output).length >= 3);
      await lab.nearPeer.halt([near]);
      child.stdin.end();
      expect(await within('its end', exited)).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }

    const [recorded, ...others] = readOutput(output);
    expect(others).toEqual([]);
    const { files = [], first, rows = [] } = recorded ?? {};
    expect(first?.timestamp).toMatch(/T23:59:59\.5Z$/);
    const dayOne = first?.timestamp.slice(0, 10).replaceAll('-', '/');
    const [start, ...later] = files;
    expect(start).toMatchObject({ sequence: 0, date: dayOne });
    // Its records continued past midnight.
    expect(start?.rows.at(-1)?.timestamp).toMatch(/T00:00:00/);
    expect(later.map(({ sequence }) => sequence)).toEqual(later.map((_, i) => i + 1));
    for (const { date, metadata, rows: itsRows } of later) {
      expect(date).not.toBe(dayOne);
      expect(date).toBe(itsRows[0]?.timestamp.slice(0, 10).replaceAll('-', '/'));
      expect(metadata.StartTime).toBe(first?.timestamp);
    }
    for (const [i, { timestampNs }] of rows.entries()) {
      if (i > 0) expect(timestampNs).toBeGreaterThan(rows[i - 1]?.timestampNs ?? 0n);
    }
  });
});
