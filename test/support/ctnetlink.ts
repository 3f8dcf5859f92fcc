/** Messages of NETLINK_NETFILTER for tests of the addon, which knows nothing of them. */

export const NETLINK_NETFILTER = 12;
/** Message types: the answer to GET and the event of a new flow, GET, DELETE and its event, statistics. */
export const FLOW_NEW = 0x100;
export const FLOW_GET = 0x101;
export const FLOW_DELETE = 0x102;
/** Groups of events. */
export const FLOW_GROUPS = [1, 2, 3];
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
const HEADER = 20;
const NESTED = 0x8000;

/** Ends of a flow of the protocol UDP or TCP, in its original direction. */
export interface Tuple {
  readonly family: 2 | 10;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly sourcePort: number;
  readonly destination: Uint8Array;
  readonly destinationPort: number;
}

/** Returns a message with attributes. */
export function message(type: number, flags: number, family = 0, attributes: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(HEADER + attributes.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(NLM_F_REQUEST | flags, 6);
  bytes.writeUInt8(family, 16);
  bytes.set(attributes, HEADER);
  return bytes;
}

/** Returns the request for a dump of all flows. */
export const dumpRequest = (): Buffer => message(FLOW_GET, NLM_F_DUMP);

function attribute(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc((4 + payload.length + 3) & ~3);
  bytes.writeUInt16LE(4 + payload.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(payload, 4);
  return bytes;
}

const nested = (type: number, ...parts: readonly Uint8Array[]): Buffer =>
  attribute(type | NESTED, Buffer.concat(parts));

function bigEndian16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** Returns the attribute of a flow's original direction. */
export function tupleAttribute({ family, protocol, source, sourcePort, destination, destinationPort }: Tuple): Buffer {
  const first = family === 2 ? 1 : 3;
  return nested(
    1,
    nested(1, attribute(first, source), attribute(first + 1, destination)),
    nested(
      2,
      attribute(1, Uint8Array.of(protocol)),
      attribute(2, bigEndian16(sourcePort)),
      attribute(3, bigEndian16(destinationPort)),
    ),
  );
}

/** Returns the request to delete the flow of a message: its own first direction, zone 0, and its id. */
export function deletionOf(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const attributes = buffer.subarray(HEADER);
  const tuple = attribute(1 | NESTED, payloadOf(attributes, 1));
  const deletion = message(
    FLOW_DELETE,
    NLM_F_ACK,
    buffer.readUInt8(16),
    Buffer.concat([tuple, attribute(12, payloadOf(attributes, 12))]),
  );
  // nfgenmsg.version: the family counts only with version 1.
  deletion.writeUInt8(1, 17);
  return deletion;
}

/** Flow in a message. */
export interface FlowMessage {
  readonly type: number;
  readonly flags: number;
  readonly family: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly id: number;
}

/** Returns the payload of an attribute in a region; empty if it is missing. */
function payloadOf(region: Buffer, wanted: number): Buffer {
  for (let at = 0; at + 4 <= region.length; at += (region.readUInt16LE(at) + 3) & ~3) {
    if ((region.readUInt16LE(at + 2) & 0x3fff) === wanted) return region.subarray(at + 4, at + region.readUInt16LE(at));
  }
  return region.subarray(region.length);
}

/** Reads the flow in a message. */
export function readFlow(bytes: Uint8Array): FlowMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const attributes = buffer.subarray(HEADER);
  const protocol = payloadOf(payloadOf(attributes, 1), 2);
  return {
    type: buffer.readUInt16LE(4),
    flags: buffer.readUInt16LE(6),
    family: buffer.readUInt8(16),
    protocol: payloadOf(protocol, 1).readUInt8(0),
    sourcePort: payloadOf(protocol, 2).readUInt16BE(0),
    destinationPort: payloadOf(protocol, 3).readUInt16BE(0),
    id: payloadOf(attributes, 12).readUInt32BE(0),
  };
}

/** Returns the bytes of each message. */
export function messagesIn({
  data,
  messages,
}: {
  readonly data: Uint8Array;
  readonly messages: Uint32Array;
}): Buffer[] {
  const found: Buffer[] = [];
  for (let i = 0; i + 1 < messages.length; i += 2) {
    const at = messages[i] ?? 0;
    found.push(Buffer.from(data.subarray(at, at + (messages[i + 1] ?? 0))));
  }
  return found;
}
