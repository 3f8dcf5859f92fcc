/** Classic BPF: `struct sock_filter` in include/uapi/linux/filter.h. */

/** Target of jumps in a program; always further down. Programs number their own labels. */
export type Label = number;
/** Label: the program keeps the message. The end of a program means the same. */
export const ACCEPT: Label = 0;
/** Label: the program drops the message. */
export const REJECT: Label = 1;

/** Instruction codes — include/uapi/linux/bpf_common.h. M[] is the machine's memory, sixteen words. */
export const Bpf = {
  /** A = k */
  LD_IMM: 0x00,
  /** X = k */
  LDX_IMM: 0x01,
  /** M[k] = A */
  ST: 0x02,
  JA: 0x05,
  RET: 0x06,
  /** X = A */
  TAX: 0x07,
  /** A += X */
  ADD_X: 0x0c,
  JEQ: 0x15,
  /** A -= X */
  SUB_X: 0x1c,
  /** A = the message's big-endian word at k */
  LD_W_ABS: 0x20,
  JGT: 0x25,
  LD_H_ABS: 0x28,
  /** True if A > X. */
  JGT_X: 0x2d,
  LD_B_ABS: 0x30,
  JGE: 0x35,
  /** A = the message's big-endian word at X + k */
  LD_W_IND: 0x40,
  /** True if A & k is not 0. */
  JSET: 0x45,
  /** A = the message's big-endian half word at X + k */
  LD_H_IND: 0x48,
  /** A = the message's byte at X + k */
  LD_B_IND: 0x50,
  /** A &= k */
  AND: 0x54,
  /** A = M[k] */
  LD_MEM: 0x60,
  /** A >>= k */
  RSH: 0x74,
  /** A = the message's length */
  LD_W_LEN: 0x80,
  /** X = 4 * (the message's byte at k & 15): the length of an IPv4 header */
  LDX_B_MSH: 0xb1,
} as const;

/** Offset of a load that returns a packet's link-layer protocol instead, ETH_P_*: SKF_AD_OFF + SKF_AD_PROTOCOL. */
export const BPF_PROTOCOL = 0xffff_f000;
/** Offset of a load that returns a packet's direction instead, PACKET_*: SKF_AD_OFF + SKF_AD_PKTTYPE. */
export const BPF_PACKET_TYPE = 0xffff_f004;
/** Offset of a load that returns the type of a packet's device instead, ARPHRD_*: SKF_AD_OFF + SKF_AD_HATYPE. */
export const BPF_HARDWARE_TYPE = 0xffff_f01c;
/** Offset of `LD_W_ABS` that finds an attribute instead: SKF_AD_OFF + SKF_AD_NLATTR. From A on, of type X; 0 if none. */
export const BPF_FIND_ATTRIBUTE = 0xffff_f00c;
/** Offset of `LD_W_ABS` that finds an attribute of type X in the one at A: SKF_AD_OFF + SKF_AD_NLATTR_NEST. 0 if none. */
export const BPF_FIND_NESTED_ATTRIBUTE = 0xffff_f010;

/** Maximum number of instructions of a program: BPF_MAXINSNS. */
export const MAX_BPF_INSTRUCTIONS = 4096;
/** Bytes of an instruction: u16 code, u8 instructions to skip if true, u8 to skip if false, u32 k. */
export const BPF_INSTRUCTION_SIZE = 8;

/** Return value of a program: number of bytes of the message to keep. */
const KEEP = 0xffff_ffff;
const DROP = 0;
const MAX_SKIP = 255;

/** One line of a program: an instruction with a label instead of a distance, or the mark of a label. */
export type BpfLine =
  | { readonly kind: 'plain'; readonly code: number; readonly k: number }
  | { readonly kind: 'jump'; readonly to: Label }
  /** A condition jumps to `to` if it is true, or if it is false; otherwise it continues with the next line. */
  | {
      readonly kind: 'condition';
      readonly code: number;
      readonly k: number;
      readonly leaves: 'if-true' | 'if-false';
      readonly to: Label;
    }
  | { readonly kind: 'mark'; readonly label: Label };

interface Instruction {
  readonly code: number;
  readonly jt?: number;
  readonly jf?: number;
  readonly k: number;
}

/**
 * Assembles a program; after its last line it accepts. All jumps go forward. A condition whose target is out of reach
 * of its 8 bits goes to an extra jump right after it.
 */
export function assembleBpf(lines: readonly BpfLine[]): Uint8Array {
  // From the end backwards: then the distance to every label is known.
  const reversed: Instruction[] = [
    { code: Bpf.RET, k: DROP },
    { code: Bpf.RET, k: KEEP },
  ];
  const marks = new Map<Label, number>([
    [REJECT, 1],
    [ACCEPT, 2],
  ]);
  const distance = (label: Label): number => {
    const mark = marks.get(label);
    if (mark === undefined) throw new RangeError(`label ${label} is not marked`);
    return reversed.length - mark;
  };
  const jump = (to: Label): void => {
    reversed.push(leave(to, distance(to)));
    // Earlier lines that cannot reach the label itself can use this jump.
    marks.set(to, reversed.length);
  };
  for (const line of lines.toReversed()) {
    if (line.kind === 'mark') {
      marks.set(line.label, reversed.length);
    } else if (line.kind === 'plain') {
      reversed.push({ code: line.code, k: line.k });
    } else if (line.kind === 'jump') {
      jump(line.to);
    } else {
      const far = distance(line.to) > MAX_SKIP;
      if (far) jump(line.to);
      const [leaving, staying] = far ? [0, 1] : [distance(line.to), 0];
      const [jt, jf] = line.leaves === 'if-true' ? [leaving, staying] : [staying, leaving];
      reversed.push({ code: line.code, jt, jf, k: line.k });
    }
  }
  return encode(reversed.reverse());
}

/** Returns true if the kernel takes a program of this length: at most {@link MAX_BPF_INSTRUCTIONS}. */
export function fitsKernel(program: Uint8Array): boolean {
  return program.length <= MAX_BPF_INSTRUCTIONS * BPF_INSTRUCTION_SIZE;
}

function leave(to: Label, skip: number): Instruction {
  if (to === ACCEPT) return { code: Bpf.RET, k: KEEP };
  if (to === REJECT) return { code: Bpf.RET, k: DROP };
  return { code: Bpf.JA, k: skip };
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * BPF_INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, jt = 0, jf = 0, k }] of program.entries()) {
    const at = i * BPF_INSTRUCTION_SIZE;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  return bytes;
}
