import { type Column, toInt64 } from './columns/index.js';
import type { CsvColumn } from './csv-table.js';

/**
 * Creates CSV columns: an empty cell for no value, `true` and `false`, timestamps as RFC 3339 in UTC, integers in
 * decimal. Integers beyond signed 64 bits are empty, as in every typed output.
 */
export function csvColumns<Row>(columns: readonly Column<Row>[]): CsvColumn<Row>[] {
  return columns.map(({ name, read, text, inLine, inputs }): CsvColumn<Row> => {
    if (text !== undefined) {
      return {
        name,
        inputs,
        cell: (row, out) => {
          const place = inLine?.(row);
          if (place !== undefined) {
            out.copy(place.bytes, place.start, place.end);
            return;
          }
          const value = text(row);
          if (value !== null) out.text(value);
        },
      };
    }
    return {
      name,
      inputs,
      cell: (row, out) => {
        const value = read(row);
        if (value === null) return;
        if (typeof value === 'number') {
          if (Number.isSafeInteger(value)) out.integer(value);
          else if (Number.isFinite(value)) out.text(String(value));
          return;
        }
        if (typeof value === 'bigint') {
          if (toInt64(value) !== null) out.integer(value);
          return;
        }
        out.text(String(value));
      },
    };
  });
}
