import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../live/store/index.js';
import { ARCHIVE_COLUMNS, Columns, DEFAULT_COLUMNS, RowFields } from '../../../view/rows/index.js';
import {
  ColumnWidths,
  choosableTableColumns,
  chosenColumns,
  fitColumns,
  usualColumns,
} from '../../../web/connections/table-columns.js';
import { rowJson } from '../../view/top/rows.js';

const COLUMNS = new Columns(new RowFields(ROW_FIELDS));
const LOOK = { unicode: true, bytes: false };
const names = (columns: readonly { readonly id: string }[]): string[] => columns.map(({ id }) => id);

describe('the columns of the table', () => {
  it('are those of top with a chart of the last 60 s; in archives those of top', () => {
    expect(names(usualColumns(COLUMNS, 'live'))).toEqual([...DEFAULT_COLUMNS, 'sparkline']);
    expect(names(usualColumns(COLUMNS, 'archive'))).toEqual([...ARCHIVE_COLUMNS]);
    expect(names(choosableTableColumns(COLUMNS, 'archive'))).not.toContain('sparkline');
  });

  it('are chosen by name, each once; names that no column has are left out', () => {
    expect(names(chosenColumns(COLUMNS, 'remote, Sparkline,rtt,now.minRttUs,nonsense,rtt', 'live'))).toEqual([
      'remote',
      'sparkline',
      'rtt',
      'now.minRttUs',
    ]);
    expect(names(chosenColumns(COLUMNS, 'nonsense', 'live'))).toEqual([...DEFAULT_COLUMNS, 'sparkline']);
  });

  it('only grow', () => {
    const widths = new ColumnWidths();
    const columns = chosenColumns(COLUMNS, 'local,rtt', 'live');
    widths.take(columns, [], LOOK);
    const usual = columns.map((column) => widths.of(column));
    const address = '2001:db8:85a3:8d3:1319:8a2e:370:7344';
    const long = rowJson(1, { connection: { localAddress: address, localPort: 443 }, now: { rttUs: 1 } });
    expect(widths.take(columns, [long], LOOK)).toBe(true);
    const grown = columns.map((column) => widths.of(column));
    expect(grown[0]).toBeGreaterThan(usual[0] ?? 0);
    expect(widths.take(columns, [rowJson(1)], LOOK)).toBe(false);
    expect(columns.map((column) => widths.of(column))).toEqual(grown);
  });

  it('leave out lesser ones in a narrow table, and never the remote end', () => {
    const all = usualColumns(COLUMNS, 'live');
    const widths = new ColumnWidths();
    widths.take(all, [], LOOK);
    const fitted = [400, 110, 44, 10].map((digits) => names(fitColumns(all, widths, digits, 2)));
    expect(fitted[0]).toEqual(names(all));
    expect(fitted[1]).not.toContain('local');
    expect(fitted[1]).toContain('process');
    expect(fitted[2]).toEqual(['remote', 'send', 'rtt']);
    expect(fitted[3]).toEqual(['remote']);
  });
});
