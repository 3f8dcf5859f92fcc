import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowJson } from '../../../live/wire/index.js';
import { textWidth } from '../../../view/chart/index.js';
import { DEFAULT_COLUMNS } from '../../../view/rows/index.js';
import { findColumn, COLUMNS as ROW_COLUMNS } from '../../../view/top/columns.js';
import { rowTable } from '../../../view/top/list-screen.js';
import { closedRow, rowJson, TIME } from './rows.js';

const COLUMNS = DEFAULT_COLUMNS.flatMap((name) => findColumn(name) ?? []);
const LOOK = { unicode: true, bytes: false };
const BASE = { columns: COLUMNS, look: LOOK, timeUs: Date.parse(TIME) * 1000, isArchive: false };

function table(rows: readonly RowJson[], width: number): string[] {
  const { head, text } = rowTable({ ...BASE, rows, width });
  return [head, ...rows.map(text)];
}

describe('the table of connections', () => {
  it('has words left and values with their units right', () => {
    const rows = [rowJson(1), rowJson(12, { processUnknown: 'pending', process: null })];
    expect(table(rows, 130)).toMatchInlineSnapshot(`
      [
        "Process         Local            Remote               State            Send        Recv      RTT    Retr  Limited         Age",
        "postgres 801    10.0.0.1:443     198.51.100.1:50001   ESTAB        8 Mbit/s           0   1.1 ms   0.3 %  cwnd           61 s",
        "– pending       10.0.0.1:443     198.51.100.12:50012  ESTAB       96 Mbit/s           0  12.1 ms   0.3 %  cwnd           72 s",
      ]
    `);
  });

  it('leaves out columns of narrow screens', () => {
    expect(table([rowJson(1), rowJson(12)], 80)).toMatchInlineSnapshot(`
      [
        "Process        Remote                     Send   Recv      RTT    Retr  Limited",
        "postgres 801   198.51.100.1:50001     8 Mbit/s      0   1.1 ms   0.3 %  cwnd",
        "nginx 812      198.51.100.12:50012   96 Mbit/s      0  12.1 ms   0.3 %  cwnd",
      ]
    `);
    expect(table([rowJson(1), rowJson(12)], 50)).toMatchInlineSnapshot(`
      [
        "Process     Remote                   Send      RTT",
        "postg… 801  198.51.100.1:50001   8 Mbit/s   1.1 ms",
        "nginx 812   ….51.100.12:50012   96 Mbit/s  12.1 ms",
      ]
    `);
  });

  it.each([80, 90, 100, 110])('cuts no process, remote end or cause with %i columns', (width) => {
    const process = { command: 'fifteen-letters', pid: 4_194_304 };
    const busy = rowJson(240, { process });
    const now = { ...busy.now, receiveThroughputBytesPerSec: 123_456_789, limitedBy: 'application' as const };
    const lines = table([{ ...busy, now }, rowJson(1)], width);
    expect(lines[1]).toMatch(/^fifteen-letters 4194304 .* 198\.51\.100\.240:50240 .* application/);
    for (const text of lines) expect(textWidth(text)).toBeLessThanOrEqual(width);
    expect(lines[0]).toMatch(/Process .*Remote .*Send .*RTT .*Limited/);
    // A column that is shown is whole.
    expect(lines.join()).not.toContain('…');
  });

  it('cuts nothing where the width has no limit', () => {
    const remoteAddress = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
    const command = 'a name far longer than any that the kernel gives';
    const row = rowJson(1, { process: { command, pid: 1 } });
    const long = { ...row, connection: { ...row.connection, remoteAddress } };
    const lines = table([long, closedRow(2)], Number.POSITIVE_INFINITY);
    expect(lines[1]).toContain(`${command} 1  10.0.0.1:443`);
    expect(lines[1]).toContain(`[${remoteAddress}]:50001`);
    expect(lines[2]).toContain('closed 4 s ago: reset by the other end, remote end first');
    expect(lines[0]).toMatch(/ Age$/);
  });

  it('says how closed connections ended, in whole words', () => {
    expect(table([rowJson(1), closedRow(2)], 80)[2]).toMatchInlineSnapshot(
      `"nginx 802     198.51.100.2:50002  closed 4 s ago: reset by the other end, …"`,
    );
    expect(table([rowJson(1), closedRow(2)], 50)[2]).toMatchInlineSnapshot(
      `"nginx 802     198.51.100.2:50002  closed 4 s …"`,
    );
  });

  it('is never wider than the screen, and has whole numbers', () => {
    const row = fc
      .record({
        i: fc.nat(3000),
        isClosed: fc.boolean(),
        command: fc.string({ unit: 'grapheme', maxLength: 15 }),
        rttUs: fc.oneof(fc.double({ min: 1, max: 1e12, noNaN: true }), fc.constant(null)),
        rate: fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.constant(null)),
        v6: fc.boolean(),
      })
      .map(({ i, isClosed, command, rttUs, rate, v6 }) => {
        const base = isClosed ? closedRow(i) : rowJson(i);
        const connection = {
          ...base.connection,
          ...(v6 ? { remoteAddress: '2001:db8:85a3:8d3:1319:8a2e:370:7348' } : {}),
        };
        return {
          ...base,
          process: { command, pid: 100_000 + i },
          connection,
          now: { ...base.now, rttUs, sendThroughputBytesPerSec: rate },
        };
      });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), fc.integer({ min: 60, max: 200 }), (rows, width) => {
        const lines = table(rows, width);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
        for (const [i, { process, open, now }] of rows.entries()) {
          const text = lines[i + 1] ?? '';
          // An id is whole, or left out.
          const [id = ''] = / \d{6}(?= {2}|$)/.exec(text) ?? [];
          if (id !== '') expect(id.trim()).toBe(String(process.pid));
          if (open === true && now.rttUs !== null) expect(text).toMatch(/\d (?:µs|ms|s|min|h|d)/);
        }
      }),
    );
  });

  it('marks the column that it is sorted by', () => {
    const column = findColumn('rtt');
    const { head } = rowTable({
      ...BASE,
      rows: [],
      width: 130,
      sorting: column === undefined ? undefined : { column, isDescending: true },
    });
    expect(head).toContain('▼ RTT');
  });

  it('can show each field of connections', () => {
    const columns = ROW_COLUMNS.choosable();
    expect(columns.length).toBeGreaterThan(100);
    expect(new Set(columns.map(({ id }) => id)).size).toBe(columns.length);
    for (const column of columns) {
      expect(findColumn(column.id)?.fields).toEqual(column.fields);
      expect(column.text(rowJson(1), LOOK, 20)).not.toContain('undefined');
      expect(column.text({}, LOOK, 20)).toMatch(/^(?:–|unknown|)$/);
    }
  });

  it('shows values of archives instead of how connections ended', () => {
    const columns = ['local', 'connection.howEnded'].flatMap((name) => findColumn(name) ?? []);
    const { text } = rowTable({ ...BASE, columns, rows: [closedRow(1)], width: 80, isArchive: true });
    expect(text(closedRow(1))).toMatch(/10\.0\.0\.1:443 +reset_remote/);
  });
});
