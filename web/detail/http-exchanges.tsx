import type { JSX } from 'preact';
import type { HttpExchangeJson } from '../../live/wire/index.js';
import { formatQuantity } from '../../view/chart/index.js';

/** Last HTTP exchanges of a connection, the latest first. */
export function HttpExchanges({ exchanges }: { readonly exchanges: readonly HttpExchangeJson[] }): JSX.Element | null {
  if (exchanges.length === 0) return null;
  const latest = [...exchanges].reverse();
  return (
    <section class="exchanges" aria-label="HTTP exchanges">
      <h3>
        HTTP <span class="faint">the last {latest.length}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section class="scroll" tabIndex={0} aria-label="Table of HTTP exchanges">
        <table>
          <thead>
            <tr>
              {COLUMNS.map(({ title, isNumber }) => (
                <th key={title} scope="col" class={isNumber ? 'number' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {latest.map((exchange, i) => (
              // Exchanges of a connection have no other identity than their place from the end.
              <tr key={latest.length - i} class={exchange.missing === null ? undefined : 'faint'}>
                {COLUMNS.map(({ title, isNumber, cell }) => (
                  <td key={title} class={isNumber ? 'number' : undefined}>
                    {cell(exchange)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  readonly cell: (exchange: HttpExchangeJson) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'Time', isNumber: false, cell: ({ time }) => time.slice(11, 23) },
  { title: 'Method', isNumber: false, cell: ({ method }) => method ?? '–' },
  { title: 'Host', isNumber: false, cell: ({ host }) => host },
  { title: 'Path', isNumber: false, cell: ({ path }) => path ?? '–' },
  {
    title: 'Code',
    isNumber: true,
    cell: ({ status, missing }) => (status === null ? (missing ?? '–') : String(status)),
  },
  { title: 'TTFB', isNumber: true, cell: ({ ttfbUs }) => duration(ttfbUs) },
  { title: 'Server', isNumber: true, cell: ({ serverUs }) => duration(serverUs) },
  { title: 'Whole', isNumber: true, cell: ({ durationUs }) => duration(durationUs) },
  { title: 'RTT', isNumber: true, cell: ({ rttUs }) => duration(rttUs) },
  { title: 'Request', isNumber: true, cell: ({ requestBytes }) => bytes(requestBytes) },
  { title: 'Response', isNumber: true, cell: ({ responseBytes }) => bytes(responseBytes) },
];

function duration(us: number | null): string {
  return us === 0 ? '0' : formatQuantity(us, 'duration');
}

function bytes(message: HttpExchangeJson['requestBytes']): string {
  return message === null ? '–' : formatQuantity(message.head + message.body, 'bytes');
}
