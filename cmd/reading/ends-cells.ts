import type { ConnectionIdentity } from '../../analysis/index.js';
import { printable, type TextStyle } from '../../chart/index.js';
import { endpoint } from './clock.js';

/** Ends of some connections as cells of a table. */
export interface EndsCells {
  /** Words for a title that name the local address which all have; empty when there are several. */
  readonly from: string;
  /** `LOCAL -> REMOTE` of each, or `:PORT -> REMOTE` when the local address is in the title. */
  readonly cells: readonly string[];
}

/** Puts the ends of connections into words: most machines have one address, which would take the room of the others. */
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
