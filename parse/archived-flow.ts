import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText } from './json-fields.js';

/** Ends of one direction of a flow. */
export interface ArchivedTuple {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
}

/** Flow of a connection in connection tracking, as archives keep it. */
export interface ArchivedFlow {
  /** The kernel's id: a 32-bit hash, so another flow may have had it. */
  readonly id: number;
  /** Ends of the packets in the direction that opened the flow. */
  readonly orig: ArchivedTuple;
  /** Ends of the answers, after translation. */
  readonly reply: ArchivedTuple;
  /** `IPS_*` bits at the look-up; 0x10 means translated source, 0x20 translated destination. */
  readonly status: number;
}

/** Encodes a flow as JSON for a line's metadata. */
export function encodeFlow({ id, orig, reply, status }: ArchivedFlow): string {
  return `{"Id":${id},"Orig":${encodeTuple(orig)},"Reply":${encodeTuple(reply)},"Status":${status}}`;
}

function encodeTuple({ src, sport, dst, dport }: ArchivedTuple): string {
  return `{"Src":${quoteGoString(src)},"Sport":${sport},"Dst":${quoteGoString(dst)},"Dport":${dport}}`;
}

/**
 * Decodes the flow in a line's metadata.
 * @throws DecodeError `ERR_RECORD`
 */
export function asFlow(value: unknown): ArchivedFlow {
  const fields = asObject(value, 'Metadata.Conntrack');
  return {
    id: asInteger(fields['Id'], 'Metadata.Conntrack.Id'),
    orig: asTuple(fields['Orig'], 'Metadata.Conntrack.Orig'),
    reply: asTuple(fields['Reply'], 'Metadata.Conntrack.Reply'),
    status: asInteger(fields['Status'], 'Metadata.Conntrack.Status'),
  };
}

function asTuple(value: unknown, what: string): ArchivedTuple {
  const fields = asObject(value, what);
  return {
    src: asText(fields['Src'], `${what}.Src`),
    sport: asInteger(fields['Sport'], `${what}.Sport`),
    dst: asText(fields['Dst'], `${what}.Dst`),
    dport: asInteger(fields['Dport'], `${what}.Dport`),
  };
}
