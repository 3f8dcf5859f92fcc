import {
  type BbrInfoFields,
  INET_DIAG_BBRINFO,
  INET_DIAG_INFO,
  INET_DIAG_MSG,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKMEMINFO,
  type InetDiagMsg,
  SCALAR_ATTRIBUTES,
  SK_MEMINFO,
  type SkMemInfo,
  TCP_BBR_INFO,
} from '../inetdiag/index.js';
import { type Field, type FieldName, fieldOf, type Struct } from '../netlink/index.js';
import { RAW_IDM, type Snapshot } from '../parse/snapshot/index.js';
import { TCP_INFO, type TcpInfo } from '../tcp/index.js';
import type { Observation } from './observation.js';

/** Fields of an {@link Observation} that are not simply one number of the kernel. */
type OtherField = 'timestamp' | 'timeUs' | 'hasInfo' | 'congestionAlgorithm' | 'appLimited';

/** Fields of an {@link Observation} that are one number of the kernel each. */
export type ObservedNumber = Exclude<keyof Observation, OtherField>;

/** One number in a snapshot; absent if the kernel did not send it. */
type ObservedValue = number | null | undefined;

/** Source of one number of an {@link Observation}. */
export interface ObservedField {
  /** Number of the attribute in a record, or `RAW_IDM`. */
  readonly part: number;
  /** Field in that attribute: its place, and the kernel's name, from which the name of its column follows. */
  readonly field: Field;
  /** Returns the number in a decoded snapshot; undefined without one. */
  readonly inSnapshot: (snapshot: Snapshot) => ObservedValue;
  /** True if 0 is the kernel's "no value yet". */
  readonly isZeroUnknown: boolean;
}

/** Names of the fields of a struct whose values are numbers. */
type NumberIn<T> = { [K in FieldName<T>]-?: NonNullable<T[K]> extends number ? K : never }[FieldName<T>];

/**
 * Getter of one number of a struct: `(info) => info.rttUs`. It reads a decoded struct, and names the field when it gets
 * an object with each field's name. A name in brackets, `info[name]`, would be 1.6 times as slow for all fields.
 */
type Getter<T> = <V>(struct: { readonly [K in NumberIn<T>]?: V }) => V | undefined;

/** Returns the field that a getter reads. */
function gotField<T>(struct: Struct<T>, get: Getter<T>): Field {
  const names = Object.fromEntries(struct.fields.map(({ name }) => [name, name]));
  const name = get<FieldName<T>>(names as { readonly [K in NumberIn<T>]: FieldName<T> });
  if (name === undefined) throw new TypeError(`${struct.cName} does not have the field of ${get}`);
  return fieldOf(struct, name);
}

function message(get: Getter<InetDiagMsg>): ObservedField {
  const inSnapshot = ({ inetDiagMsg: found }: Snapshot): ObservedValue => (found === undefined ? found : get(found));
  return { part: RAW_IDM, field: gotField(INET_DIAG_MSG, get), inSnapshot, isZeroUnknown: false };
}

function tcpInfo(get: Getter<TcpInfo>): ObservedField {
  const inSnapshot = ({ tcpInfo: found }: Snapshot): ObservedValue => (found === undefined ? found : get(found));
  return { part: INET_DIAG_INFO, field: gotField(TCP_INFO, get), inSnapshot, isZeroUnknown: false };
}

function bbr(get: Getter<BbrInfoFields>): ObservedField {
  const inSnapshot = ({ bbrInfo: found }: Snapshot): ObservedValue => (found === undefined ? found : get(found));
  return { part: INET_DIAG_BBRINFO, field: gotField(TCP_BBR_INFO, get), inSnapshot, isZeroUnknown: false };
}

function memory(get: Getter<SkMemInfo>): ObservedField {
  const inSnapshot = ({ skMemInfo: found }: Snapshot): ObservedValue => (found === undefined ? found : get(found));
  return { part: INET_DIAG_SKMEMINFO, field: gotField(SK_MEMINFO, get), inSnapshot, isZeroUnknown: false };
}

function scalar(part: number, inSnapshot: ObservedField['inSnapshot']): ObservedField {
  const field = SCALAR_ATTRIBUTES.get(part);
  if (field === undefined) throw new TypeError(`attribute ${part} is not one number`);
  return { part, field, inSnapshot, isZeroUnknown: false };
}

function unlessZero(field: ObservedField): ObservedField {
  return { ...field, isZeroUnknown: true };
}

/**
 * Sources of all numbers of an {@link Observation}: `observe` reads them from a record, `observeSnapshot` from a
 * snapshot, and queries from the columns of a table. The type requires an entry for each number.
 */
export const OBSERVED_FIELDS: Readonly<Record<ObservedNumber, ObservedField>> = {
  state: message((idm) => idm.state),
  infoState: unlessZero(tcpInfo((info) => info.state)),
  shutdown: scalar(INET_DIAG_SHUTDOWN, ({ shutdown }) => shutdown),
  wqueueBytes: message((idm) => idm.wqueue),
  rqueueBytes: message((idm) => idm.rqueue),
  caState: tcpInfo((info) => info.caState),
  retransmits: tcpInfo((info) => info.retransmits),
  probes: tcpInfo((info) => info.probes),
  sndMssBytes: unlessZero(tcpInfo((info) => info.sndMssBytes)),
  unacked: tcpInfo((info) => info.unacked),
  sacked: tcpInfo((info) => info.sacked),
  lost: tcpInfo((info) => info.lost),
  retrans: tcpInfo((info) => info.retrans),
  lastDataSentMs: tcpInfo((info) => info.lastDataSentMs),
  lastDataRecvMs: tcpInfo((info) => info.lastDataRecvMs),
  lastAckRecvMs: tcpInfo((info) => info.lastAckRecvMs),
  rttUs: unlessZero(tcpInfo((info) => info.rttUs)),
  rttvarUs: tcpInfo((info) => info.rttvarUs),
  minRttUs: tcpInfo((info) => info.minRttUs),
  sndCwnd: tcpInfo((info) => info.sndCwnd),
  totalRetrans: tcpInfo((info) => info.totalRetrans),
  pacingRateBytesPerSec: tcpInfo((info) => info.pacingRateBytesPerSec),
  maxPacingRateBytesPerSec: tcpInfo((info) => info.maxPacingRateBytesPerSec),
  bytesAcked: tcpInfo((info) => info.bytesAcked),
  bytesReceived: tcpInfo((info) => info.bytesReceived),
  segsOut: tcpInfo((info) => info.segsOut),
  segsIn: tcpInfo((info) => info.segsIn),
  dataSegsOut: tcpInfo((info) => info.dataSegsOut),
  dataSegsIn: tcpInfo((info) => info.dataSegsIn),
  delivered: tcpInfo((info) => info.delivered),
  notsentBytes: tcpInfo((info) => info.notsentBytes),
  // 0 is unknown here too, but says that the kernel has the rate: fillObservation needs it.
  deliveryRateBytesPerSec: tcpInfo((info) => info.deliveryRateBytesPerSec),
  busyTimeUs: tcpInfo((info) => info.busyTimeUs),
  rwndLimitedUs: tcpInfo((info) => info.rwndLimitedUs),
  sndbufLimitedUs: tcpInfo((info) => info.sndbufLimitedUs),
  bytesSent: tcpInfo((info) => info.bytesSent),
  bytesRetrans: tcpInfo((info) => info.bytesRetrans),
  sndWndBytes: tcpInfo((info) => info.sndWndBytes),
  rcvWndBytes: tcpInfo((info) => info.rcvWndBytes),
  bbrPacingGain: bbr((info) => info.pacingGainRaw),
  bbrCwndGain: bbr((info) => info.cwndGainRaw),
  wmemQueuedBytes: memory((memory) => memory.wmemQueuedBytes),
  sndbufBytes: memory((memory) => memory.sndbufBytes),
  rmemAllocBytes: memory((memory) => memory.rmemAllocBytes),
  rcvbufBytes: memory((memory) => memory.rcvbufBytes),
};
