/** Packets of the tests' own making: connections, written as segments. */
import { createCursor, type PacketCursor } from '../../http/packet/index.js';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

/** One TCP segment over IP, as the tap sees it. */
export interface Segment {
  readonly fromClient: boolean;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** Milliseconds since the capture began. */
  readonly timeMs: number;
}

export interface Ends {
  readonly client: readonly number[];
  readonly clientPort: number;
  readonly server: readonly number[];
  readonly serverPort: number;
}

export const ENDS: Ends = { client: [10, 77, 0, 1], clientPort: 56_578, server: [10, 77, 0, 2], serverPort: 80 };

/** Second at which captures begin. */
export const EPOCH = 1_795_000_000;

/** Writes a segment as an IP packet; addresses of 16 bytes make it IPv6. */
export function toPacket(segment: Segment, ends: Ends = ENDS): Uint8Array {
  const v6 = ends.client.length === 16;
  const header = v6 ? 40 : 20;
  const packet = Buffer.alloc(header + 20 + segment.payload.length);
  const [source, destination] = segment.fromClient ? [ends.client, ends.server] : [ends.server, ends.client];
  if (v6) {
    packet[0] = 0x60;
    packet.writeUInt16BE(packet.length - 40, 4);
    packet[6] = 6;
    packet[7] = 64;
    packet.set(source, 8);
    packet.set(destination, 24);
  } else {
    packet[0] = 0x45;
    packet.writeUInt16BE(packet.length, 2);
    packet[8] = 64;
    packet[9] = 6;
    packet.set(source, 12);
    packet.set(destination, 16);
  }
  packet.writeUInt16BE(segment.fromClient ? ends.clientPort : ends.serverPort, header);
  packet.writeUInt16BE(segment.fromClient ? ends.serverPort : ends.clientPort, header + 2);
  packet.writeUInt32BE(segment.sequence >>> 0, header + 4);
  packet.writeUInt32BE(segment.acknowledgment >>> 0, header + 8);
  packet[header + 12] = 0x50;
  packet[header + 13] = segment.flags;
  packet.writeUInt16BE(65_535, header + 14);
  packet.set(segment.payload, header + 20);
  return packet;
}

/** Fills a cursor with a packet, cut to `snaplen` bytes if given. */
export function toCursor(packet: Uint8Array, timeMs: number, snaplen = packet.length): PacketCursor {
  const cursor = createCursor();
  cursor.bytes = packet.subarray(0, Math.min(snaplen, packet.length));
  cursor.snaplen = cursor.bytes.length;
  cursor.len = packet.length;
  cursor.seconds = EPOCH + Math.floor(timeMs / 1000);
  cursor.nanoseconds = Math.round((timeMs % 1000) * 1e6);
  cursor.ifindex = 2;
  cursor.pkttype = 0;
  cursor.hatype = 1;
  return cursor;
}

/** Writes a connection segment by segment, with the sequence and acknowledgment numbers of a real one. */
export class Conversation {
  readonly segments: Segment[] = [];
  timeMs = 0;
  #client: number;
  #server: number;

  constructor(clientSequence = 1000, serverSequence = 5000) {
    this.#client = clientSequence;
    this.#server = serverSequence;
  }

  /** Adds the three-way handshake, without its last segment, which is empty. */
  open(): this {
    this.#add(true, SYN, new Uint8Array(0));
    this.#client = (this.#client + 1) | 0;
    this.#add(false, SYN | ACK, new Uint8Array(0));
    this.#server = (this.#server + 1) | 0;
    return this;
  }

  client(...payloads: (string | Uint8Array)[]): this {
    for (const payload of payloads) this.#send(true, payload);
    return this;
  }

  server(...payloads: (string | Uint8Array)[]): this {
    for (const payload of payloads) this.#send(false, payload);
    return this;
  }

  fin(fromClient: boolean): this {
    this.#add(fromClient, FIN | ACK, new Uint8Array(0));
    if (fromClient) this.#client = (this.#client + 1) | 0;
    else this.#server = (this.#server + 1) | 0;
    return this;
  }

  close(): this {
    return this.fin(false).fin(true);
  }

  rst(fromClient: boolean): this {
    this.#add(fromClient, RST | ACK, new Uint8Array(0));
    return this;
  }

  wait(ms: number): this {
    this.timeMs += ms;
    return this;
  }

  #send(fromClient: boolean, payload: string | Uint8Array): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
    this.#add(fromClient, PSH | ACK, bytes);
    if (fromClient) this.#client = (this.#client + bytes.length) | 0;
    else this.#server = (this.#server + bytes.length) | 0;
  }

  #add(fromClient: boolean, flags: number, payload: Uint8Array): void {
    const [sequence, other] = fromClient ? [this.#client, this.#server] : [this.#server, this.#client];
    const acknowledgment = (flags & ACK) === 0 ? 0 : other;
    this.segments.push({ fromClient, sequence, acknowledgment, flags, payload, timeMs: this.timeMs });
    this.timeMs += 1;
  }
}

/** Cuts payloads into segments of at most `size` bytes. */
export function segmented(segments: readonly Segment[], size: number): Segment[] {
  return segments.flatMap((segment) => {
    if (segment.payload.length <= size) return [segment];
    const pieces: Segment[] = [];
    for (let at = 0; at < segment.payload.length; at += size) {
      const payload = segment.payload.subarray(at, at + size);
      pieces.push({ ...segment, payload, sequence: (segment.sequence + at) | 0 });
    }
    return pieces;
  });
}
