import {
  formatCount,
  formatQuantity,
  formatShare,
  ownLetters,
  printable,
  type TextColumn,
  type TextStyle,
  textTable,
} from '../../../view/chart/index.js';
import type { ShownService } from './shown-service.js';

/** Options of {@link servicesTable}. */
export interface TableOptions {
  /** Lists the clients under each service. */
  readonly hasClients: boolean;
  /** Shows a column with the network namespace. */
  readonly hasNetns: boolean;
}

/** One row: a service, or a client of the service above it. */
interface Row {
  readonly service: ShownService;
  readonly client?: ShownService['clients'][number];
}

interface Cell extends TextColumn {
  readonly of: (service: ShownService) => string;
  /** Cell in the row of a client; empty by default. */
  readonly ofClient?: (client: ShownService['clients'][number]) => string;
}

/** Word for a service without a listener. */
const CLOSED = 'nothing listens';

const NETNS: Cell = { title: 'NETNS', align: 'left', of: ({ netns }) => netns ?? 'own' };

const CELLS: readonly Cell[] = [
  { title: 'SERVICE', align: 'left', least: 10, of: ({ name }) => name, ofClient: ({ ip }) => `  ${ip}` },
  { title: 'LISTEN', align: 'left', least: 12, drop: 2, of: ({ listen }) => listen.join(', ') || CLOSED },
  {
    title: 'CONN',
    align: 'right',
    of: ({ connections }) => formatCount(connections),
    ofClient: ({ connections }) => formatCount(connections),
  },
  { title: 'CLIENTS', align: 'right', of: ({ clientCount }) => formatCount(clientCount) },
  { title: 'UP/s', align: 'right', of: ({ rates }) => formatQuantity(rates?.upBytesPerSec ?? null, 'bytes') },
  { title: 'DOWN/s', align: 'right', of: ({ rates }) => formatQuantity(rates?.downBytesPerSec ?? null, 'bytes') },
  {
    title: 'UP',
    align: 'right',
    of: ({ up }) => formatQuantity(up, 'bytes'),
    ofClient: ({ up }) => formatQuantity(up, 'bytes'),
  },
  {
    title: 'DOWN',
    align: 'right',
    of: ({ down }) => formatQuantity(down, 'bytes'),
    ofClient: ({ down }) => formatQuantity(down, 'bytes'),
  },
  { title: 'RTT p50', align: 'right', drop: 5, of: ({ rttUs }) => formatQuantity(rttUs.p50, 'duration') },
  { title: 'RETRANS', align: 'right', drop: 4, of: ({ retransmitRateBytes: rate }) => formatShare(rate) },
  { title: 'IDLE max', align: 'right', drop: 3, of: idleText },
  { title: 'QUEUE', align: 'right', drop: 6, of: queueText },
  { title: 'LIMITED BY', align: 'left', drop: 1, of: limitText },
];

/** Formats services as a table: a line of titles, and a line for each service, or client. */
export function servicesTable(
  services: readonly ShownService[],
  { hasClients, hasNetns }: TableOptions,
  style: TextStyle,
): string[] {
  const cells = hasNetns ? [NETNS, ...CELLS] : CELLS;
  const rows = services.flatMap((service): Row[] => [
    { service },
    ...(hasClients ? service.clients.map((client) => ({ service, client })) : []),
  ]);
  return textTable(
    cells,
    rows.map((row) => cells.map((cell) => cellText(cell, row, style))),
    style,
  );
}

/** Names come from files and from other programs. */
function cellText(cell: Cell, { service, client }: Row, style: TextStyle): string {
  const text = client === undefined ? cell.of(service) : (cell.ofClient?.(client) ?? '');
  return ownLetters(printable(text, { unicode: true }), style);
}

function idleText({ oldestIdleSec }: ShownService): string {
  return formatQuantity(oldestIdleSec === null ? null : oldestIdleSec * 1e6, 'duration');
}

function queueText({ acceptQueue }: ShownService): string {
  return acceptQueue === null ? '–' : `${acceptQueue.now}/${acceptQueue.limit}`;
}

/** Returns the largest limit: what it limited, as a share of the connections' time. */
function limitText({ limitedBy }: ShownService): string {
  const [largest] = Object.entries(limitedBy).sort(([, a], [, b]) => b - a);
  return largest === undefined ? '–' : `${largest[0]} ${formatShare(largest[1])}`;
}
