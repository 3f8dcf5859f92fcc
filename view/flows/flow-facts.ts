import {
  type Flow,
  type FlowCounters,
  flowNat,
  formatFlowEndpoint,
  formatNs,
  labelBits,
  protocolName,
  statusNames,
  type Translation,
  type Tuple,
  tcpFlagNames,
} from '../../conntrack/index.js';
import { formatCount, formatThings, ownLetters, printable, type TextStyle } from '../chart/index.js';
import { ageText, clockAge, rttText, type ShownFlow, stateText } from './flow-texts.js';

/** Returns the lines of everything that the kernel sent about one flow. What it did not send is missing. */
export function flowFacts(shown: ShownFlow, nowMs: number, style: TextStyle): string[] {
  const { flow, endpoints, socket } = shown;
  const { local, remote, side } = endpoints;
  const head = `${protocolName(flow.orig.protocol)} ${stateText(flow)} ${formatFlowEndpoint(local)} → ${formatFlowEndpoint(remote)}`;
  const ofSocket: Fact[] = [
    ['uuid', socket?.uuid],
    ['rtt', socket?.rttUs === undefined ? undefined : rttText(shown)],
  ];
  const facts = [...factsOf(flow, side, nowMs), ...ofSocket].filter((fact) => fact[1] !== undefined && fact[1] !== '');
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, text = '']) => `${name.padEnd(width)}  ${printable(ownLetters(text, style), style)}`);
  return [style.paint('heading', ownLetters(head, style)), ...lines];
}

type Fact = readonly [name: string, text: string | undefined];

function factsOf(flow: Flow, side: string | undefined, nowMs: number): Fact[] {
  const { source, destination } = flowNat(flow);
  return [
    ['id', text(flow.id)],
    ['status', flow.status === undefined ? undefined : statusNames(flow.status).join(' ')],
    ['side', side],
    ['orig', directionText(flow.orig, flow.origCounters)],
    ['reply', directionText(flow.reply, flow.replyCounters)],
    ['source', translationText(source)],
    ['destination', translationText(destination)],
    ['expires in', flow.timeoutSec === undefined ? undefined : clockAge(flow.timeoutSec)],
    [
      'started',
      flow.startTimeNs === undefined ? undefined : `${formatNs(flow.startTimeNs)}, ${ageText(flow, nowMs)} ago`,
    ],
    ['zone', text(flow.zone)],
    ['mark', text(flow.mark)],
    ['references', text(flow.useCount)],
    ['helper', flow.helper],
    ['secctx', flow.secctx],
    ['labels', flow.labels === undefined ? undefined : labelBits(flow.labels).join(' ')],
    ['expected by', flow.master === undefined ? undefined : tupleText(flow.master)],
    ['window scales', pairText(flow.tcp?.windowScaleOrig, flow.tcp?.windowScaleReply)],
    ['flags', pairText(flagsText(flow.tcp?.flagsOrig), flagsText(flow.tcp?.flagsReply))],
    ['verification', pairText(flow.sctp?.verificationTagOrig, flow.sctp?.verificationTagReply)],
  ];
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function tupleText(tuple: Tuple): string {
  const { src, sport = null, dst, dport = null, icmpId, icmpType, icmpCode } = tuple;
  const ends = [
    formatFlowEndpoint({ address: src, port: sport }),
    formatFlowEndpoint({ address: dst, port: dport }),
  ].join(' → ');
  return icmpType === undefined ? ends : `${ends}, type ${icmpType}, code ${icmpCode ?? 0}, id ${icmpId ?? 0}`;
}

function directionText(tuple: Tuple, { packets, bytes }: FlowCounters = {}): string {
  return [
    tupleText(tuple),
    ...(packets === undefined ? [] : [formatThings(packets, 'packet')]),
    ...(bytes === undefined ? [] : [`${formatCount(bytes)} B`]),
  ].join(', ');
}

function translationText(translation: Translation | undefined): string | undefined {
  if (translation === undefined) return undefined;
  const { before, after } = translation;
  return `${formatFlowEndpoint(before)} became ${formatFlowEndpoint(after)}`;
}

function flagsText(flags: number | undefined): string | undefined {
  return flags === undefined ? undefined : tcpFlagNames(flags).join(' ');
}

function pairText(orig: number | string | undefined, reply: number | string | undefined): string | undefined {
  return orig === undefined && reply === undefined ? undefined : `orig ${orig ?? '–'}, reply ${reply ?? '–'}`;
}
