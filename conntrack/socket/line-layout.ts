import { type LineLayout, LineStep } from '../../native/index.js';
import { ABSENT, ConntrackStatus, type LineParts, NAT_TEXTS, SIDE_TEXTS, Step } from '../index.js';

const { SRC_NAT, DST_NAT } = ConntrackStatus;
const ALL_BITS = 0xffff_ffff;

/** Numbers of the texts that a batch gives: the beginning of its lines, and their time. */
export const Given = { BEGINNING: 0, TIME: 1 } as const;

const MEMBERS = [SIDE_TEXTS.forwarded, SIDE_TEXTS.orig, SIDE_TEXTS.reply, SIDE_TEXTS.both].map((text) =>
  Buffer.from(text),
);

/**
 * Returns the layout by which the addon writes the line of the message at `at`, and of all that differ from it only in
 * the values of their attributes and are translated in the same way. Undefined for translated flows of IPv6.
 */
export function lineLayoutOf(parts: LineParts, view: DataView, at: number): LineLayout | undefined {
  const { layout, places } = parts;
  const nat = places.status === ABSENT ? 0 : view.getUint32(at + places.status) & (SRC_NAT | DST_NAT);
  if (nat !== 0 && !places.isIpv4) return undefined;
  const frame = Array.from(layout.frameAt, (place, i) => [place, ALL_BITS, layout.frame[i] ?? 0]);
  if (places.status !== ABSENT) frame.push([places.status, bigEndian(SRC_NAT | DST_NAT), bigEndian(nat)]);
  const { steps, texts } = stepsOf(parts, nat);
  return {
    length: view.getUint32(at, true),
    frame: Uint32Array.from(frame.flat()),
    steps: Uint32Array.from(steps),
    texts,
    keys: [keyOf(identityRanges(parts)), keyOf(detailsRanges(parts))],
    members: MEMBERS,
    idAt: places.id,
    hashed: layout.identity,
  };
}

/** List of steps. Texts that follow each other become one. */
class StepList {
  readonly steps: number[] = [];
  readonly texts: Uint8Array[] = [];
  #text: Uint8Array[] = [];

  text(text: string | Uint8Array): void {
    this.#text.push(Buffer.from(text));
  }

  value(value: number, first = 0, second = 0): void {
    this.steps.push(value, first, second);
    this.texts.push(Buffer.concat(this.#text));
    this.#text = [];
  }
}

function stepsOf({ places, steps: { kinds, texts, places: offsets } }: LineParts, nat: number): StepList {
  const { isIpv4, orig, reply, eventTime } = places;
  const list = new StepList();
  list.value(LineStep.GIVEN, Given.BEGINNING);
  if (eventTime === ABSENT) {
    list.value(LineStep.GIVEN, Given.TIME);
  } else {
    list.text('"time":"');
    list.value(LineStep.TIME, eventTime);
    list.text('",');
  }
  for (const [i, kind] of kinds.entries()) {
    list.text(texts[i] ?? '');
    const place = offsets[i] ?? 0;
    if (kind === Step.IDENTITY) list.value(LineStep.KNOWN, Known.IDENTITY);
    else if (kind === Step.DETAILS) list.value(LineStep.KNOWN, Known.DETAILS);
    else if (kind === Step.SIDE) list.value(isIpv4 ? LineStep.MEMBERS4 : LineStep.MEMBERS16, orig.src, reply.src);
    else if (kind === Step.NAT) addNat(list, places, nat);
    else list.value(VALUES[kind as keyof typeof VALUES], place);
    if (kind === Step.TIME) list.text('"');
  }
  list.text('}\n');
  list.value(LineStep.TEXT);
  return list;
}

const VALUES = {
  [Step.U16]: LineStep.U16,
  [Step.U32]: LineStep.U32,
  [Step.U64]: LineStep.U64,
  [Step.IPV4]: LineStep.IPV4,
  [Step.IPV6]: LineStep.IPV6,
  [Step.TIME]: LineStep.TIME,
} as const;

function addNat(list: StepList, { orig, reply }: LineParts['places'], nat: number): void {
  if (nat === 0) return;
  const addEnd = (address: number, port: number): void => {
    list.value(LineStep.IPV4, address);
    if (port === ABSENT) return;
    list.text(':');
    list.value(LineStep.U16, port);
  };
  list.text(NAT_TEXTS.begin);
  if ((nat & SRC_NAT) !== 0) {
    list.text(NAT_TEXTS.source);
    addEnd(orig.src, orig.sport);
    list.text(NAT_TEXTS.after);
    addEnd(reply.dst, reply.dport);
    list.text(NAT_TEXTS.end);
  }
  if (nat === (SRC_NAT | DST_NAT)) list.text(',');
  if ((nat & DST_NAT) !== 0) {
    list.text(NAT_TEXTS.destination);
    addEnd(orig.dst, orig.dport);
    list.text(NAT_TEXTS.after);
    addEnd(reply.src, reply.sport);
    list.text(NAT_TEXTS.end);
  }
  list.text('}');
}

/** Numbers of the known texts. */
const Known = { IDENTITY: 0, DETAILS: 1 } as const;

type Range = readonly [place: number, length: number];

function identityRanges({ places: { status, zone, orig, tcpState } }: LineParts): Range[] {
  return [
    [status, 4],
    [zone, 2],
    [orig.protocol, 1],
    [tcpState, 1],
  ];
}

function detailsRanges({ places }: LineParts): Range[] {
  const { mark, use, scaleOrig, scaleReply, flagsOrig, flagsReply, synproxy } = places;
  const octets = [scaleOrig, scaleReply, flagsOrig, flagsReply].map((place): Range => [place, 1]);
  return [[mark, 4], [use, 4], ...octets, ...synproxy.map((place): Range => [place, 4])];
}

/** Values that a layout does not have are no part of its keys. */
function keyOf(ranges: readonly Range[]): Uint32Array {
  return Uint32Array.from(ranges.filter(([place]) => place !== ABSENT).flat());
}

function bigEndian(word: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, word);
  return view.getUint32(0, true);
}
