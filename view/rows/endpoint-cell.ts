import { printable, textWidth } from '../chart/index.js';
import { endpoint } from '../words/index.js';

const ADDRESS = /^[\da-f.:]+$/i;

/**
 * Formats an address and a port within a width, without cutting a number: the whole, the address with its middle
 * groups left out, or the port alone. An empty text stands for a port that does not fit.
 */
export function endpointCell(address: string | null, port: number | null, width: number, unicode: boolean): string {
  const whole = printable(endpoint(address, port), { unicode });
  const fits = textWidth(whole) <= width;
  // Anything but an address cannot be shortened.
  if (fits || address === null || !ADDRESS.test(address)) return fits ? whole : '';
  const dots = unicode ? '…' : '..';
  const end = `:${port ?? '?'}`;
  const shortened = shortenings(address, dots).find((text) => text.length + end.length <= width);
  if (shortened !== undefined) return shortened + end;
  return [`${dots}${end}`, end].find((text) => text.length <= width) ?? '';
}

/** Returns shorter forms of an address, the longest first: its last groups tell hosts of a network apart. */
function shortenings(address: string, dots: string): string[] {
  const isV6 = address.includes(':');
  const mark = isV6 ? ':' : '.';
  const groups = address.split(mark);
  const forms: string[] = [];
  for (let left = groups.length - 1; left > 0; left--) {
    const behind = groups.slice(groups.length - left).join(mark);
    if (isV6 && left > 1) {
      const front = groups[0] ?? '';
      forms.push(`[${front}:${dots}:${groups.slice(groups.length - left + 1).join(mark)}]`);
    }
    forms.push(isV6 ? `[${dots}:${behind}]` : `${dots}.${behind}`);
  }
  return forms.sort((a, b) => b.length - a.length);
}
