import { type EndCause, formatFlowEndpoint, protocolName } from '../../conntrack/index.js';
import { ownLetters, printable, type TextColumn, type TextStyle, textTable } from '../chart/index.js';
import { ageText, clockAge, countersText, natText, rttText, type ShownFlow, stateText, UNKNOWN } from './flow-texts.js';

/** Options of {@link flowTable}. */
export interface FlowTableOptions {
  /** Time of the flows, for their age. */
  readonly nowMs: number;
  /** True if sockets were looked for: then there are columns for them. */
  readonly isJoined: boolean;
}

/** Connection of a tracker's answer. */
export interface ShownConnection extends ShownFlow {
  readonly isEstablished: boolean;
  /** Number of connections with these ends that ended in the interval. */
  readonly endedCount: number;
  readonly cause: EndCause | null;
}

/** Column of a table of flows. */
interface FlowColumn<Row> extends TextColumn {
  /** True for a column that is shown only if a row has a value. */
  readonly isRare?: boolean;
  readonly text: (row: Row, nowMs: number, style: TextStyle) => string;
}

const END_LEAST = 14;
const NAT_LEAST = 16;
const UUID_LEAST = 17;

/** Columns of the flow itself. */
const ENDS: readonly FlowColumn<ShownFlow>[] = [
  { title: 'PROTO', align: 'left', text: ({ flow }) => protocolName(flow.orig.protocol) },
  { title: 'STATE', align: 'left', drop: 6, text: ({ flow }) => stateText(flow) },
  {
    title: 'LOCAL',
    align: 'left',
    least: END_LEAST,
    cut: 'front',
    text: ({ endpoints }) => formatFlowEndpoint(endpoints.local),
  },
  {
    title: 'REMOTE',
    align: 'left',
    least: END_LEAST,
    cut: 'front',
    text: ({ endpoints }) => formatFlowEndpoint(endpoints.remote),
  },
  { title: 'NAT', align: 'left', least: NAT_LEAST, cut: 'front', text: natText },
  { title: 'ZONE', align: 'right', drop: 1, isRare: true, text: zoneText },
  {
    title: 'MARK',
    align: 'right',
    drop: 1,
    isRare: true,
    text: ({ flow: { mark = 0 } }) => (mark === 0 ? '' : String(mark)),
  },
  {
    title: 'HELPER',
    align: 'left',
    drop: 1,
    isRare: true,
    text: ({ flow: { helper = '' } }, _, style) => printable(helper, style),
  },
];

const COUNTERS: readonly FlowColumn<ShownFlow>[] = [
  { title: 'PACKETS out/in', align: 'left', drop: 2, text: (row) => countersText(row, 'packets') },
  { title: 'BYTES out/in', align: 'left', drop: 3, text: (row) => countersText(row, 'bytes') },
  { title: 'AGE', align: 'right', drop: 4, text: ({ flow }, nowMs) => ageText(flow, nowMs) },
];

const LEFT: FlowColumn<ShownFlow> = {
  title: 'LEFT',
  align: 'right',
  drop: 5,
  text: ({ flow: { timeoutSec } }) => (timeoutSec === undefined ? UNKNOWN : clockAge(timeoutSec)),
};

const SOCKET: readonly FlowColumn<ShownFlow>[] = [
  { title: 'RTT', align: 'right', text: rttText },
  {
    title: 'UUID',
    align: 'left',
    least: UUID_LEAST,
    cut: 'front',
    text: ({ socket }, _, style) => (socket === undefined ? UNKNOWN : printable(socket.uuid, style)),
  },
];

const TRACKED: readonly FlowColumn<ShownConnection>[] = [
  { title: 'NOW', align: 'left', text: ({ isEstablished, cause }) => (isEstablished ? 'open' : (cause ?? UNKNOWN)) },
  { title: 'ENDED', align: 'right', text: ({ endedCount }) => (endedCount === 0 ? UNKNOWN : String(endedCount)) },
];

/** Returns the lines of a table of flows. Values that the kernel did not send are dashes, never 0. */
export function flowTable(
  rows: readonly ShownFlow[],
  { nowMs, isJoined }: FlowTableOptions,
  style: TextStyle,
): string[] {
  return table([...ENDS, ...COUNTERS, LEFT, ...(isJoined ? SOCKET : [])], rows, nowMs, style);
}

/** Returns the lines of a table of connections that are established or have ended. */
export function connectionsTable(
  rows: readonly ShownConnection[],
  { nowMs, isJoined }: FlowTableOptions,
  style: TextStyle,
): string[] {
  return table([...TRACKED, ...ENDS, ...COUNTERS, ...(isJoined ? SOCKET : [])], rows, nowMs, style);
}

function table<Row>(all: readonly FlowColumn<Row>[], rows: readonly Row[], nowMs: number, style: TextStyle): string[] {
  const columns = all.filter(
    ({ isRare, text }) => isRare !== true || rows.some((row) => text(row, nowMs, style) !== ''),
  );
  const cells = rows.map((row) => columns.map(({ text }) => ownLetters(text(row, nowMs, style), style)));
  return textTable(columns, cells, style);
}

function zoneText({ flow }: ShownFlow): string {
  const zone = flow.zone ?? flow.orig.zone ?? flow.reply.zone ?? 0;
  return zone === 0 ? '' : String(zone);
}
