import type { RowJson } from '../../live/wire/index.js';
import { type Look, processText } from '../../view/rows/index.js';
import { endpoints } from '../../view/words/index.js';

/** Letters of a UUID that distinguish connections of one machine. */
const TAIL = 4;
const PROCESS_LETTERS = 36;

/** Returns both ends of a row: `LOCAL → REMOTE`. */
export function endsText({ connection }: RowJson): string {
  return endpoints(
    {
      localAddress: connection?.localAddress ?? null,
      localPort: connection?.localPort ?? null,
      remoteAddress: connection?.remoteAddress ?? null,
      remotePort: connection?.remotePort ?? null,
    },
    '→',
  );
}

/** Returns the short name of a row: `curl 4711 · 10.0.0.1:51010 → 203.0.113.9:443 · …0D8F`. */
export function rowName(row: RowJson, look: Look): string {
  // Archives and collectors that do not look for processes have none: a dash would name nothing.
  const isNamed = row.process != null || (row.processUnknown ?? 'off') !== 'off';
  const parts = [...(isNamed ? [processText(row, look, PROCESS_LETTERS)] : []), endsText(row)];
  if (row.uuid !== undefined) parts.push(`…${row.uuid.slice(-TAIL)}`);
  return parts.join(' · ');
}
