import type { ConnectionRow } from '../../analysis/index.js';
import type { EndCause } from '../../cache/index.js';
import { CONNECTION_COLUMNS, type ColumnValue } from '../../export/columns/index.js';

/** Origin of all lines: texts that JSON can hold as they are in quotes. */
export interface StreamOrigin {
  readonly cluster: string;
  readonly node: string;
}

/** Returns the beginning of every line, with the origin as its first two values. */
export function lineBeginning({ cluster, node }: StreamOrigin): string {
  return `{"cluster":${JSON.stringify(cluster)},"node":${JSON.stringify(node)}`;
}

/**
 * Returns a function that writes a connection as one line of JSON, with its newline: origin, cause of the end, and all
 * columns of `connections`. Times are integers of nanoseconds. It puts the line together from texts: an object of sixty
 * keys would be made only to be written.
 */
export function connectionLines(origin: StreamOrigin): (row: ConnectionRow, cause: EndCause | null) => string {
  const beginning = `${lineBeginning(origin)},"cause":`;
  const columns = CONNECTION_COLUMNS.map(({ name, read }) => ({ key: `,${JSON.stringify(name)}:`, read }));
  return (row, cause) => {
    let line = beginning + (cause === null ? 'null' : `"${cause}"`);
    for (const { key, read } of columns) line += key + valueText(read(row));
    return `${line}}\n`;
  };
}

function valueText(value: ColumnValue): string {
  switch (typeof value) {
    case 'number':
      // JSON has no other numbers.
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'string':
      return JSON.stringify(value);
    default:
      return `${value}`;
  }
}
