import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenFiles, haveGolden } from '../../support/golden.js';
import { csvtool } from './program.js';

const golden = haveGolden('CSV against the reference’s');

/** Archives and the reference's CSV for each, empty if the reference rejected it. */
function pairs(): [name: string, archive: string, csv: string][] {
  return ['csv', 'mlab']
    .flatMap((folder) => [...goldenFiles('.jsonl', folder), ...goldenFiles('.jsonl.zst', folder)])
    .map((archive): [string, string, string] => {
      const name = basename(archive).replace(/\.jsonl(\.zst)?$/, '');
      return [name, archive, join(dirname(archive), `${name.replace(/^in-/, '')}.csv`)];
    })
    .filter(([, , csv]) => existsSync(csv));
}

/** Lines that the reference rejects and we skip. */
const REFUSED: Readonly<Record<string, string>> = {
  'edge-badjson': 'line 1: line is not JSON',
  'edge-blankline': 'line 2: line is not JSON',
  'edge-norawidm': 'line 1: record has neither Metadata nor RawIDM',
  'edge-shortidm': 'line 1: RawIDM: 3 bytes < 72',
};

describe.skipIf(!golden)('csvtool and the reference’s csvtool', () => {
  const all = golden ? pairs() : [];
  const read = all.filter(([name]) => REFUSED[name] === undefined && name !== 'edge-longline');

  it('are compared on all samples', () => {
    expect(all.filter(([name]) => REFUSED[name] !== undefined)).toHaveLength(Object.keys(REFUSED).length);
    expect(read.length).toBeGreaterThanOrEqual(36);
  });

  it.each(read)('write the same bytes for %s', async (_name, archive, csv) => {
    const expected = readFileSync(csv).toString('latin1');
    const fromFile = await csvtool([archive]);
    expect(fromFile.stdout.toString('latin1')).toBe(expected);
    expect(fromFile).toMatchObject({ code: 0, stderr: '' });
    const fromStdin = await csvtool([], readFileSync(archive));
    expect(fromStdin.stdout.toString('latin1')).toBe(expected);
    expect(fromStdin).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(
    all.filter(([name]) => REFUSED[name] !== undefined),
  )('differ in %s, where only we skip a line', async (name, archive, csv) => {
    expect(readFileSync(csv)).toHaveLength(0);
    const { code, stdout, stderr } = await csvtool([archive]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: `csvtool: read archive ${archive}, ${REFUSED[name]}\n` });
    expect(stdout.toString()).toMatch(/^Timestamp,Observed,/);
    const strict = await csvtool(['-strict', archive]);
    expect({ code: strict.code, stderr: strict.stderr }).toEqual({ code: 3, stderr });
    expect(stdout.toString().startsWith(strict.stdout.toString())).toBe(true);
  });

  it.each(
    all.filter(([name]) => name === 'edge-longline'),
  )('differ in %s, where only we read on', async (_name, archive, csv) => {
    const { code, stdout } = await csvtool([archive]);
    const theirs = readFileSync(csv).toString();
    const rows = stdout.toString().split(/(?<=\n)/);
    expect(code).toBe(0);
    expect(rows.slice(0, 2).join('')).toBe(theirs);
    expect(rows).toHaveLength(4);
    // The long line is an attribute unknown to the reference.
    for (const row of rows.slice(1)) expect(row.split(',')).toHaveLength(105);
  });
});
