/** Filter of a packet socket of SOCK_DGRAM as classic BPF: the program sees packets from their IP header on. */
import {
  ACCEPT,
  assembleBpf,
  BPF_HARDWARE_TYPE,
  BPF_PACKET_TYPE,
  BPF_PROTOCOL,
  Bpf,
  type BpfLine,
  fitsKernel,
  instruction,
  jumpIfEqual,
  jumpUnlessEqual,
  type Label,
  markLabel,
  REJECT,
} from '../../netlink/index.js';
import { ARPHRD_LOOPBACK, ETH_P_8021AD, ETH_P_8021Q, ETH_P_IP, ETH_P_IPV6, PACKET_OUTGOING } from './cursor.js';

/** Ports from `first` to `last`, inclusive. */
export interface CapturedPorts {
  readonly first: number;
  readonly last: number;
}

/**
 * Amount of a packet that the kernel copies. `heads`: of a segment that begins a message 16 KiB, of other segments with
 * payload 2 KiB. `whole`: everything.
 */
export type CaptureMode = 'heads' | 'whole';

/** Bytes that are kept of a segment that begins with a start line, or that is TLS or HTTP/2. */
export const HEAD_SNAP_BYTES = 16_384;
/** Bytes that are kept of other segments. A packet that is no longer is kept whole, without a look at its payload. */
export const BODY_SNAP_BYTES = 2048;
/** Most ports and ranges of ports of a program. */
export const MAX_CAPTURED_PORTS = 64;

const IPPROTO_TCP = 6;
/** Extension headers of IPv6 that TCP can follow in a whole packet: hop-by-hop, routing, AH, destination, mobility. */
const EXTENSION_HEADERS = [0, 43, 51, 60, 135];
/** UDP and ICMPv6 behind the first extension header: reports of multicast listeners are frequent. */
const NOT_TCP = [17, 58];
/** Version 4, and a header without options: most packets. */
const IPV4_SHORT = 0x45;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
/** Offset of a fragment, and the flag that more follow. */
const IP_FRAGMENT = 0x3fff;
/** Offset of the half word of TCP's header length (4 bits, in words) and flags. */
const TCP_OFFSET = 12;
/** SYN, FIN and RST: what a segment without payload can tell. */
const SYN_FIN_RST = 0x07;

/** First four bytes of messages: methods of RFC 9110 and RFC 5789, an answer, and HTTP/2's preface. */
const BEGINNINGS = ['HTTP', 'GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC', 'CONN', 'TRAC', 'PRI '].map(word);
/** First two bytes of a TLS handshake of any version: its record type and major version. */
const TLS_HANDSHAKE = 0x1603;

const CAPTURED: Label = 2;
const IPV4: Label = 3;
const IPV6: Label = 4;
const TAGGED: Label = 5;
const TCP: Label = 6;
const TCP_LENGTH: Label = 7;
const PORT_MATCHES: Label = 8;
const HAS_PAYLOAD: Label = 9;
const HEAD: Label = 10;
const EXTENSION: Label = 11;
const IPV6_TCP: Label = 12;
const IPV4_OPTIONS: Label = 13;
const IPV4_LENGTH: Label = 14;
const LONG: Label = 15;
// The last: ranges of ports have the labels behind it.
const EXTENDED: Label = 16;

// Words of the machine's memory.
const PACKET_LENGTH = 0;
const PORTS = 1;
/** TCP's header length and flags. */
const OFFSET_FLAGS = 2;

/**
 * Assembles the program for TCP segments from or to some ports: those with payload, and SYN, FIN and RST. Of loopback it
 * takes each packet once. It drops fragments, and takes IPv6 packets with extension headers unseen, unless UDP or ICMPv6
 * follows the first one.
 * @param ports null: all ports
 * @throws RangeError for no port, more than 64 items, and invalid ports
 */
export function assembleCaptureProgram(ports: readonly CapturedPorts[] | null, mode: CaptureMode): Uint8Array {
  if (ports !== null) requirePorts(ports);
  const program = assembleBpf([
    ...memoryLines(),
    ...linkLines(),
    ...ipLines(),
    ...(ports === null ? [] : portLines(ports)),
    ...segmentLines(),
    ...keepLines(mode),
  ]);
  if (!fitsKernel(program)) throw new RangeError('ports: too many for a filter');
  return program;
}

function requirePorts(ports: readonly CapturedPorts[]): void {
  if (ports.length === 0 || ports.length > MAX_CAPTURED_PORTS) {
    throw new RangeError(`${ports.length} ports: expected 1 to ${MAX_CAPTURED_PORTS} ports or ranges`);
  }
  for (const { first, last } of ports) {
    const isRange = Number.isInteger(first) && Number.isInteger(last) && first >= 0 && first <= last && last <= 0xffff;
    if (!isRange) throw new RangeError(`ports ${first} to ${last}: expected two ports, the lower one first`);
  }
}

/** Writes the words of memory that are used: the kernel refuses a program that might read one before. */
function memoryLines(): BpfLine[] {
  return [instruction(Bpf.ST, PACKET_LENGTH), instruction(Bpf.ST, PORTS), instruction(Bpf.ST, OFFSET_FLAGS)];
}

/** Drops what leaves on loopback, because it comes back, and finds the IP version. */
function linkLines(): BpfLine[] {
  return [
    instruction(Bpf.LD_W_ABS, BPF_PACKET_TYPE),
    jumpUnlessEqual(PACKET_OUTGOING, CAPTURED),
    instruction(Bpf.LD_W_ABS, BPF_HARDWARE_TYPE),
    jumpIfEqual(ARPHRD_LOOPBACK, REJECT),
    markLabel(CAPTURED),
    instruction(Bpf.LD_H_ABS, BPF_PROTOCOL),
    jumpIfEqual(ETH_P_IP, IPV4),
    jumpIfEqual(ETH_P_IPV6, IPV6),
    // A device that cannot insert VLAN tags shows the tag's protocol, and the packet from its IP header on.
    jumpIfEqual(ETH_P_8021Q, TAGGED),
    jumpUnlessEqual(ETH_P_8021AD, REJECT),
    markLabel(TAGGED),
    instruction(Bpf.LD_B_ABS, 0),
    instruction(Bpf.AND, 0xf0),
    jumpIfEqual(0x40, IPV4),
    jumpIfEqual(0x60, IPV6),
    { kind: 'jump', to: REJECT },
  ];
}

/**
 * Sets X to the offset of the TCP header, and stores the length of the packet and what is needed of that header. Loads
 * from a fixed offset are some instructions for the kernel's compiler, and those relative to X a call.
 */
function ipLines(): BpfLine[] {
  return [
    markLabel(IPV4),
    instruction(Bpf.LD_B_ABS, 9),
    jumpUnlessEqual(IPPROTO_TCP, REJECT),
    instruction(Bpf.LD_H_ABS, 6),
    { kind: 'condition', code: Bpf.JSET, k: IP_FRAGMENT, leaves: 'if-true', to: REJECT },
    instruction(Bpf.LD_B_ABS, 0),
    jumpUnlessEqual(IPV4_SHORT, IPV4_OPTIONS),
    ...fixedTcpLines(IPV4_HEADER_BYTES),
    { kind: 'jump', to: IPV4_LENGTH },
    markLabel(IPV4_OPTIONS),
    instruction(Bpf.LDX_B_MSH, 0),
    instruction(Bpf.LD_W_IND, 0),
    instruction(Bpf.ST, PORTS),
    instruction(Bpf.LD_H_IND, TCP_OFFSET),
    instruction(Bpf.ST, OFFSET_FLAGS),
    markLabel(IPV4_LENGTH),
    // Behind a short packet may be the padding of Ethernet. BIG TCP leaves the length 0.
    instruction(Bpf.LD_H_ABS, 2),
    jumpIfEqual(0, TCP_LENGTH),
    { kind: 'jump', to: TCP },
    markLabel(IPV6),
    instruction(Bpf.LD_B_ABS, 6),
    jumpIfEqual(IPPROTO_TCP, IPV6_TCP),
    ...EXTENSION_HEADERS.map((header) => jumpIfEqual(header, EXTENSION)),
    { kind: 'jump', to: REJECT },
    markLabel(EXTENSION),
    instruction(Bpf.LD_B_ABS, IPV6_HEADER_BYTES),
    ...NOT_TCP.map((protocol) => jumpIfEqual(protocol, REJECT)),
    { kind: 'jump', to: EXTENDED },
    markLabel(IPV6_TCP),
    ...fixedTcpLines(IPV6_HEADER_BYTES),
    markLabel(TCP_LENGTH),
    instruction(Bpf.LD_W_LEN, 0),
    markLabel(TCP),
    instruction(Bpf.ST, PACKET_LENGTH),
  ];
}

function fixedTcpLines(header: number): BpfLine[] {
  return [
    instruction(Bpf.LD_W_ABS, header),
    instruction(Bpf.ST, PORTS),
    instruction(Bpf.LD_H_ABS, header + TCP_OFFSET),
    instruction(Bpf.ST, OFFSET_FLAGS),
    instruction(Bpf.LDX_IMM, header),
  ];
}

function portLines(ports: readonly CapturedPorts[]): BpfLine[] {
  const side = (port: BpfLine): BpfLine[] => [instruction(Bpf.LD_MEM, PORTS), port, ...ports.flatMap(portLine)];
  return [
    ...side(instruction(Bpf.RSH, 16)),
    ...side(instruction(Bpf.AND, 0xffff)),
    { kind: 'jump', to: REJECT },
    markLabel(PORT_MATCHES),
  ];
}

function portLine({ first, last }: CapturedPorts, index: number): BpfLine[] {
  if (first === last) return [jumpIfEqual(first, PORT_MATCHES)];
  const next: Label = EXTENDED + 1 + index;
  return [
    { kind: 'condition', code: Bpf.JGE, k: first, leaves: 'if-false', to: next },
    { kind: 'condition', code: Bpf.JGT, k: last, leaves: 'if-false', to: PORT_MATCHES },
    markLabel(next),
  ];
}

/** Drops segments that have no payload, and do not begin or end a connection. */
function segmentLines(): BpfLine[] {
  return [
    instruction(Bpf.LD_MEM, OFFSET_FLAGS),
    // The upper four bits are words of four bytes.
    instruction(Bpf.RSH, 10),
    instruction(Bpf.AND, 0x3c),
    instruction(Bpf.ADD_X, 0),
    instruction(Bpf.TAX, 0),
    instruction(Bpf.LD_MEM, PACKET_LENGTH),
    { kind: 'condition', code: Bpf.JGT_X, k: 0, leaves: 'if-true', to: HAS_PAYLOAD },
    instruction(Bpf.LD_MEM, OFFSET_FLAGS),
    instruction(Bpf.AND, SYN_FIN_RST),
    jumpIfEqual(0, REJECT),
    instruction(Bpf.RET, BODY_SNAP_BYTES),
    markLabel(HAS_PAYLOAD),
  ];
}

/** Chooses how much to keep. X is the offset of the payload, A the length of the packet. */
function keepLines(mode: CaptureMode): BpfLine[] {
  if (mode === 'whole') return [markLabel(HEAD), markLabel(EXTENDED), { kind: 'jump', to: ACCEPT }];
  return [
    // The payload of a packet that leaves is not where its headers are: loading of it takes a search.
    { kind: 'condition', code: Bpf.JGT, k: BODY_SNAP_BYTES, leaves: 'if-true', to: LONG },
    instruction(Bpf.RET, BODY_SNAP_BYTES),
    markLabel(LONG),
    // The headers are shorter than 2 KiB, so there are four bytes of payload.
    instruction(Bpf.LD_W_IND, 0),
    ...BEGINNINGS.map((beginning) => jumpIfEqual(beginning, HEAD)),
    instruction(Bpf.RSH, 16),
    jumpIfEqual(TLS_HANDSHAKE, HEAD),
    instruction(Bpf.RET, BODY_SNAP_BYTES),
    markLabel(HEAD),
    markLabel(EXTENDED),
    instruction(Bpf.RET, HEAD_SNAP_BYTES),
  ];
}

function word(text: string): number {
  return [...text].reduce((value, letter) => value * 256 + letter.charCodeAt(0), 0);
}
