/** The kernel's two filter machines, and its checks of their programs, after the sources of Linux 6.18. */

/** Fields of a socket visible to a filter. Addresses are as in `inet_diag_sockid`. */
export interface TestSocket {
  readonly family: number;
  readonly sport: number;
  readonly dport: number;
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
}

const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 10;
const Op = { NOP: 0, JMP: 1, S_GE: 2, S_LE: 3, D_GE: 4, D_LE: 5, S_COND: 7, D_COND: 8, S_EQ: 11, D_EQ: 12 } as const;
const COMPARISONS: readonly number[] = [Op.S_GE, Op.S_LE, Op.D_GE, Op.D_LE, Op.S_EQ, Op.D_EQ];
const CONDITIONS: readonly number[] = [Op.S_COND, Op.D_COND];

interface Operation {
  readonly code: number;
  readonly yes: number;
  readonly no: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function operationAt(program: Uint8Array, at: number): Operation {
  const view = viewOf(program);
  return { code: view.getUint8(at), yes: view.getUint8(at + 1), no: view.getUint16(at + 2, true) };
}

/**
 * Implements inet_diag_bc_audit(): whether the kernel accepts the program, and how many operations it checks for that.
 */
export function auditBytecode(program: Uint8Array): { readonly valid: boolean; readonly steps: number } {
  let steps = 0;
  if (program.length < 4) return { valid: false, steps };
  const validGoal = (goal: number): boolean => {
    // valid_cc(): along the yes offsets from the start.
    for (let at = 0; at <= program.length; ) {
      steps++;
      if (at > goal) return false;
      if (at === goal) return true;
      const { yes } = operationAt(program, at);
      if (yes < 4 || yes & 3) return false;
      at += yes;
    }
    return false;
  };
  let at = 0;
  while (at < program.length) {
    steps++;
    const left = program.length - at;
    const { code, yes, no } = operationAt(program, at);
    const size = sizeIfValid(program, at, code);
    if (size === undefined) return { valid: false, steps };
    if (code !== Op.NOP) {
      if (no < size || no > left + 4 || no & 3) return { valid: false, steps };
      if (no < left && !validGoal(at + no)) return { valid: false, steps };
    }
    if (yes < size || yes > left + 4 || yes & 3) return { valid: false, steps };
    at += yes;
  }
  return { valid: at === program.length, steps };
}

function sizeIfValid(program: Uint8Array, at: number, code: number): number | undefined {
  const left = program.length - at;
  if (code === Op.NOP || code === Op.JMP) return 4;
  if (COMPARISONS.includes(code)) return left < 8 ? undefined : 8;
  if (!CONDITIONS.includes(code) || left < 12) return undefined;
  const view = viewOf(program);
  const addressSize = { [AF_UNSPEC]: 0, [AF_INET]: 4, [AF_INET6]: 16 }[view.getUint8(at + 4)];
  if (addressSize === undefined || left < 12 + addressSize) return undefined;
  return view.getUint8(at + 5) > 8 * addressSize ? undefined : 12 + addressSize;
}

/** Implements inet_diag_bc_run(): returns true if the socket is dumped. */
export function runBytecode(program: Uint8Array, socket: TestSocket): boolean {
  let at = 0;
  while (at < program.length) {
    const operation = operationAt(program, at);
    at += holds(program, at, operation.code, socket) ? operation.yes : operation.no;
  }
  return at === program.length;
}

function holds(program: Uint8Array, at: number, code: number, socket: TestSocket): boolean {
  const port = COMPARISONS.includes(code) ? viewOf(program).getUint16(at + 6, true) : 0;
  switch (code) {
    case Op.JMP:
      return false;
    case Op.S_EQ:
      return socket.sport === port;
    case Op.S_GE:
      return socket.sport >= port;
    case Op.S_LE:
      return socket.sport <= port;
    case Op.D_EQ:
      return socket.dport === port;
    case Op.D_GE:
      return socket.dport >= port;
    case Op.D_LE:
      return socket.dport <= port;
    case Op.S_COND:
      return condition(program, at + 4, socket.family, socket.src, socket.sport);
    case Op.D_COND:
      return condition(program, at + 4, socket.family, socket.dst, socket.dport);
    default:
      return true;
  }
}

function condition(program: Uint8Array, at: number, family: number, address: Uint8Array, port: number): boolean {
  const view = viewOf(program);
  const [condFamily, prefixLength, condPort] = [view.getUint8(at), view.getUint8(at + 1), view.getInt32(at + 4, true)];
  const wanted = program.subarray(at + 8);
  if (condPort !== -1 && condPort !== port) return false;
  if (condFamily === AF_UNSPEC || condFamily === family) return sameBits(address, wanted, prefixLength);
  if (family !== AF_INET6 || condFamily !== AF_INET) return false;
  const mapped = viewOf(address).getBigUint64(0) === 0n && viewOf(address).getUint32(8) === 0xffff;
  return mapped && sameBits(address.subarray(12), wanted, prefixLength);
}

/** Compares bit by bit, unlike the program under test. */
export function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit++) {
    if ((((a[bit >> 3] ?? 0) ^ (b[bit >> 3] ?? 0)) & (0x80 >> (bit & 7))) !== 0) return false;
  }
  return true;
}

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LOADS: Readonly<Record<number, number>> = { 32: 4, 40: 2, 48: 1 };

const decoded = new WeakMap<Uint8Array, readonly Instruction[]>();

function instructions(program: Uint8Array): readonly Instruction[] {
  const known = decoded.get(program);
  if (known !== undefined) return known;
  const view = viewOf(program);
  const made = Array.from({ length: program.length / 8 }, (_, i) => ({
    code: view.getUint16(8 * i, true),
    jt: view.getUint8(8 * i + 2),
    jf: view.getUint8(8 * i + 3),
    k: view.getUint32(8 * i + 4, true),
  }));
  decoded.set(program, made);
  return made;
}

/** Implements bpf_check_classic() and check_load_and_stores(): returns true if the kernel accepts the program. */
export function auditBpf(program: Uint8Array): boolean {
  const code = instructions(program);
  if (program.length % 8 !== 0 || code.length < 1 || code.length > 4096 || code.at(-1)?.code !== 0x06) return false;
  // Words of M[] that are certainly stored, at each later instruction.
  const stored = new Array<number>(code.length).fill(0xffff);
  let valid = 0;
  for (const [at, { code: op, jt, jf, k }] of code.entries()) {
    valid &= stored[at] ?? 0;
    const leads = (skip: number): boolean => {
      const goal = at + 1 + skip;
      if (goal >= code.length) return false;
      stored[goal] = (stored[goal] ?? 0) & valid;
      return true;
    };
    if (op === 0x02) valid |= 1 << k;
    else if (op === 0x60 && (valid & (1 << k)) === 0) return false;
    else if (op === 0x05) {
      if (!leads(k)) return false;
      valid = 0xffff;
    } else if ([0x15, 0x25, 0x35].includes(op)) {
      if (!leads(jt) || !leads(jf)) return false;
      valid = 0xffff;
    } else if (op === 0x06) valid = 0xffff;
    else if (![0x00, 0x02, 0x54, 0x60].includes(op) && LOADS[op] === undefined) return false;
    if ([0x02, 0x60].includes(op) && k > 15) return false;
  }
  return true;
}

/** Implements classic BPF: returns the program's result for the message. */
export function runBpf(program: Uint8Array, message: Uint8Array): number {
  const code = instructions(program);
  const memory = new Uint32Array(16);
  const view = viewOf(message);
  let a = 0;
  for (let at = 0; ; at++) {
    const { code: op, jt, jf, k } = code[at] ?? { code: -1, jt: 0, jf: 0, k: 0 };
    const size = LOADS[op];
    if (size !== undefined) a = size === 4 ? view.getUint32(k) : size === 2 ? view.getUint16(k) : view.getUint8(k);
    else if (op === 0x00) a = k;
    else if (op === 0x60) a = memory[k] ?? 0;
    else if (op === 0x02) memory[k] = a;
    else if (op === 0x54) a = (a & k) >>> 0;
    else if (op === 0x05) at += k;
    else if (op === 0x15) at += a === k ? jt : jf;
    else if (op === 0x25) at += a > k ? jt : jf;
    else if (op === 0x35) at += a >= k ? jt : jf;
    else if (op === 0x06) return k;
    else throw new Error(`instruction ${at}: code ${op}`);
  }
}
