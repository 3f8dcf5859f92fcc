/**
 * The kernel's machine for classic BPF, with the attribute walks of net/core/filter.c: bpf_check_classic(),
 * ___bpf_prog_run() for converted programs, bpf_skb_get_nlattr() and bpf_skb_get_nlattr_nest() of Linux 6.18.
 */

const SKF_AD_NLATTR = 0xffff_f00c;
const SKF_AD_NLATTR_NEST = 0xffff_f010;
const SKF_AD_PROTOCOL = 0xffff_f000;
const SKF_AD_PKTTYPE = 0xffff_f004;
const SKF_AD_HATYPE = 0xffff_f01c;
const NLA_TYPE_MASK = 0x3fff;
const INSTRUCTION = 8;

/** Loads outside the message end the program with 0: the kernel drops it. */
class OutOfBounds extends Error {}

/** Facts about a packet that the kernel knows beside its bytes. */
export interface PacketContext {
  /** ETH_P_* */
  readonly protocol: number;
  /** PACKET_* */
  readonly packetType: number;
  /** ARPHRD_* */
  readonly hardwareType: number;
}

/** Runs a program for a message; returns the number of bytes to keep, 0 to drop it. */
export function runClassicBpf(program: Uint8Array, message: Uint8Array, context?: PacketContext): number {
  try {
    return run(program, message, context);
  } catch (error) {
    if (error instanceof OutOfBounds) return 0;
    throw error;
  }
}

function run(program: Uint8Array, message: Uint8Array, context?: PacketContext): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const memory = new Uint32Array(16);
  const ancillary = new Map([
    [SKF_AD_PROTOCOL, context?.protocol],
    [SKF_AD_PKTTYPE, context?.packetType],
    [SKF_AD_HATYPE, context?.hardwareType],
  ]);
  let [a, x] = [0, 0];
  for (let pc = 0; pc * INSTRUCTION < program.length; pc++) {
    const at = pc * INSTRUCTION;
    const [code, k] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    const branch = (holds: boolean): void => {
      pc += view.getUint8(at + (holds ? 2 : 3));
    };
    if (code === 0x00) a = k;
    else if (code === 0x01) x = k;
    else if (code === 0x05) pc += k;
    else if (code === 0x06) return k;
    else if (code === 0x02) memory[k] = a;
    else if (code === 0x07) x = a;
    else if (code === 0x0c) a = (a + x) >>> 0;
    else if (code === 0x15) branch(a === k);
    else if (code === 0x1c) a = (a - x) >>> 0;
    else if (code === 0x25) branch(a > k);
    else if (code === 0x2d) branch(a > x);
    else if (code === 0x35) branch(a >= k);
    else if (code === 0x45) branch((a & k) !== 0);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x20 && k === SKF_AD_NLATTR) a = findAttribute(message, a, message.length - a, x);
    else if (code === 0x20 && k === SKF_AD_NLATTR_NEST) a = findNested(message, a, x);
    else if ((code === 0x20 || code === 0x28) && ancillary.has(k)) a = ancillary.get(k) ?? 0;
    else if (code === 0x20) a = load(message, k, 4);
    else if (code === 0x28) a = load(message, k, 2);
    else if (code === 0x30) a = load(message, k, 1);
    else if (code === 0x40) a = load(message, x + k, 4);
    else if (code === 0x48) a = load(message, x + k, 2);
    else if (code === 0x50) a = load(message, x + k, 1);
    else if (code === 0x60) a = memory[k] ?? 0;
    else if (code === 0x74) a >>>= k;
    else if (code === 0x80) a = message.length;
    else if (code === 0xb1) x = 4 * (load(message, k, 1) & 0x0f);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the program does not return');
}

function load(message: Uint8Array, at: number, size: 1 | 2 | 4): number {
  if (at + size > message.length) throw new OutOfBounds();
  return Buffer.from(message).readUIntBE(at, size);
}

/** Implements bpf_skb_get_nlattr() with nla_find(): 0 if there is no such attribute. */
function findAttribute(message: Uint8Array, start: number, length: number, type: number): number {
  const bytes = Buffer.from(message);
  if (start > bytes.length - 4) return 0;
  let remaining = length;
  for (let at = start; remaining >= 4; ) {
    const size = bytes.readUInt16LE(at);
    if (size < 4 || size > remaining) return 0;
    if ((bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK) === type) return at;
    const step = (size + 3) & ~3;
    at += step;
    remaining -= step;
  }
  return 0;
}

/** Implements bpf_skb_get_nlattr_nest(). */
function findNested(message: Uint8Array, at: number, type: number): number {
  if (at > message.length - 4) return 0;
  const size = Buffer.from(message).readUInt16LE(at);
  if (size > message.length - at) return 0;
  return findAttribute(message, at + 4, size - 4, type);
}

/** Returns whether bpf_check_classic() accepts jumps and memory of a program, and it ends with a return. */
export function isAcceptedClassicBpf(program: Uint8Array): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const length = program.length / INSTRUCTION;
  if (!Number.isInteger(length) || length === 0 || length > 4096) return false;
  for (let pc = 0; pc < length; pc++) {
    const at = pc * INSTRUCTION;
    const code = view.getUint16(at, true);
    if (code === 0x05 && view.getUint32(at + 4, true) >= length - pc - 1) return false;
    const isBranch = (code & 0x07) === 0x05 && code !== 0x05;
    if (isBranch && Math.max(view.getUint8(at + 2), view.getUint8(at + 3)) + pc + 1 >= length) return false;
  }
  return view.getUint16((length - 1) * INSTRUCTION, true) === 0x06 && writesBeforeReading(view, length);
}

/** Implements check_load_and_stores(): no word of memory may be read that was not written on every way to it. */
function writesBeforeReading(view: DataView, length: number): boolean {
  const masks = new Uint16Array(length).fill(0xffff);
  let written = 0;
  for (let pc = 0; pc < length; pc++) {
    const at = pc * INSTRUCTION;
    const [code, k] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    const leave = (target: number): void => {
      masks[target] = (masks[target] ?? 0) & written;
    };
    written &= masks[pc] ?? 0;
    if (code === 0x02) written |= 1 << k;
    else if (code === 0x60 && (written & (1 << k)) === 0) return false;
    else if (code === 0x05) {
      leave(pc + 1 + k);
      written = 0xffff;
    } else if ((code & 0x07) === 0x05) {
      leave(pc + 1 + view.getUint8(at + 2));
      leave(pc + 1 + view.getUint8(at + 3));
      written = 0xffff;
    }
  }
  return true;
}
