import type { RowJson } from '../../live/wire/index.js';
import { printable } from '../chart/index.js';
import { endpoints } from '../index.js';
import type { Look } from '../rows/index.js';

/** Returns both ends of a connection with an arrow between them. */
export function rowEnds({ connection }: RowJson, look: Look): string {
  const ends = {
    localAddress: connection?.localAddress ?? null,
    localPort: connection?.localPort ?? null,
    remoteAddress: connection?.remoteAddress ?? null,
    remotePort: connection?.remotePort ?? null,
  };
  return printable(endpoints(ends, look.unicode ? '→' : '->'), look);
}
