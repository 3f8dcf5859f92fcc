import {
  type Flow,
  type FlowEndpoints,
  flowNat,
  flowStateName,
  formatFlowEndpoint,
  type Translation,
} from '../../conntrack/index.js';
import { formatQuantity } from '../chart/index.js';

/** Socket of a flow on this machine. */
export interface ShownSocket {
  readonly uuid: string;
  /** Smoothed round-trip time; absent for sockets without tcp_info, such as those in TIME_WAIT. */
  readonly rttUs?: number;
}

/** Flow with its ends, and its socket if it was looked for and found. */
export interface ShownFlow {
  readonly flow: Flow;
  readonly endpoints: FlowEndpoints;
  readonly socket?: ShownSocket;
}

/** Text of a value that is not known. */
export const UNKNOWN = '–';

const NS_PER_MS = 1_000_000n;
const SECONDS_SHOWN = 600;
const HOUR = 3600;
const DAY = 86_400;
const HOURS_SHOWN = 1000;

/** Formats a time span in seconds with its two largest units: `117s`, `12m05`, `119h59`, `41d07`. */
export function clockAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < SECONDS_SHOWN) return `${whole}s`;
  if (whole < HOUR) return twoUnits(whole, 60, 1, 'm');
  return whole < HOURS_SHOWN * HOUR ? twoUnits(whole, HOUR, 60, 'h') : twoUnits(whole, DAY, HOUR, 'd');
}

function twoUnits(seconds: number, large: number, small: number, name: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${name}${String(rest).padStart(2, '0')}`;
}

/** Returns the state of a flow by name. */
export function stateText(flow: Flow): string {
  return flowStateName(flow) ?? UNKNOWN;
}

/**
 * Returns the translation as the local socket needs it: of a flow that this machine opened or forwards, the ends behind
 * the translation, `dst 10.0.0.2:9001`; of one that it accepted, the ends before it, `dst was 10.0.0.1:9000`.
 */
export function natText({ flow, endpoints: { side } }: Pick<ShownFlow, 'flow' | 'endpoints'>): string {
  const { source, destination } = flowNat(flow);
  const end = ({ before, after }: Translation): string =>
    side === 'reply' ? `was ${formatFlowEndpoint(before)}` : formatFlowEndpoint(after);
  return [
    ...(source === undefined ? [] : [`src ${end(source)}`]),
    ...(destination === undefined ? [] : [`dst ${end(destination)}`]),
  ].join(' ');
}

/** Returns a counter of both directions as the local socket sees them, `out/in`; a counter that is absent is a dash. */
export function countersText({ flow, endpoints: { side } }: ShownFlow, counter: 'packets' | 'bytes'): string {
  const opened = flow.origCounters?.[counter];
  const answered = flow.replyCounters?.[counter];
  if (opened === undefined && answered === undefined) return UNKNOWN;
  const [out, into] = side === 'reply' ? [answered, opened] : [opened, answered];
  return `${out ?? UNKNOWN}/${into ?? UNKNOWN}`;
}

/** Returns the time since a flow's start, or until its end if it has one. */
export function ageText({ startTimeNs, stopTimeNs }: Flow, nowMs: number): string {
  if (startTimeNs === undefined) return UNKNOWN;
  const endMs = stopTimeNs === undefined ? nowMs : Number(stopTimeNs / NS_PER_MS);
  return clockAge((endMs - Number(startTimeNs / NS_PER_MS)) / 1000);
}

/** Returns the round-trip time of a flow's socket, such as `41µs`. */
export function rttText({ socket }: ShownFlow): string {
  return socket?.rttUs === undefined ? UNKNOWN : formatQuantity(socket.rttUs, 'duration').replace(' ', '');
}
