import type { ConnectionIdentity } from '../analysis/index.js';
import { printable, type TextStyle } from './chart/index.js';
import { endpoint } from './words/index.js';

/** Endpoints of connections as cells of a table. */
export interface EndsCells {
  /** Words for a title that name the local address if all connections share it; else empty. */
  readonly from: string;
  /** `LOCAL -> REMOTE` of each connection, or `:PORT -> REMOTE` when the local address is in the title. */
  readonly cells: readonly string[];
}

/** Formats endpoints of connections. A local address that all share goes into the title, to save room. */
export function endsCells(
  rows: readonly Pick<ConnectionIdentity, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>[],
  style: TextStyle,
): EndsCells {
  const [first] = rows;
  const isOne = first !== undefined && rows.every(({ localAddress }) => localAddress === first.localAddress);
  const arrow = style.unicode ? '→' : '->';
  const cells = rows.map((row) => {
    const local = isOne ? `:${row.localPort}` : endpoint(row.localAddress, row.localPort);
    return printable(`${local} ${arrow} ${endpoint(row.remoteAddress, row.remotePort)}`, style);
  });
  return { from: isOne ? `, from ${printable(first.localAddress, style)}` : '', cells };
}
