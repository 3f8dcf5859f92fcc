/**
 * Programs of INET_DIAG_REQ_BYTECODE, which the kernel runs on each socket of a dump before it copies anything:
 * `struct inet_diag_bc_op` in include/uapi/linux/inet_diag.h, run by inet_diag_bc_run() in net/ipv4/inet_diag.c.
 */
import { AF_INET, AF_INET6 } from '../../netlink/index.js';
import { ACCEPT, type Label, REJECT, type Step } from './decision.js';
import { IPV4_PREFIX, isIpv4Prefix, type Prefix } from './prefix.js';

/** Codes of operations, `INET_DIAG_BC_*`. */
export const BytecodeOp = {
  JMP: 1,
  S_GE: 2,
  S_LE: 3,
  D_GE: 4,
  D_LE: 5,
  S_COND: 7,
  D_COND: 8,
  S_EQ: 11,
  D_EQ: 12,
} as const;

/**
 * Maximum size of a program in bytes. One more operation would overflow the attribute's 16-bit length to 0: the kernel
 * would then ignore the attribute and filter nothing, without an error.
 */
export const MAX_BYTECODE_BYTES = 65_528;

/** Bytes of `struct inet_diag_bc_op`: u8 code, u8 offset of the next operation if true, u16 offset if false. */
const OP_SIZE = 4;
/** Bytes of `struct inet_diag_hostcond` without its address: u8 family, u8 prefix length, s32 port. */
const HOSTCOND_SIZE = 8;
/** Port of a hostcond that matches any port. */
const ANY_PORT = -1;

/** Cost of a program in the kernel. */
export interface BytecodeCost {
  readonly bytes: number;
  readonly operations: number;
  /** Operations that the audit visits in each scan: all, and again those up to the target of each inner jump. */
  readonly auditSteps: number;
  /** Duration of the longest path through the program, nanoseconds per socket. */
  readonly pathNs: number;
}

/** Duration of one test in nanoseconds: Linux 6.18, x86-64. */
const PORT_TEST_NS = 2.2;
const PREFIX_TEST_NS = 13;

type Operation = Exclude<Step, { kind: 'mark' }>;

/** Steps of a decision without marks, and the operation's index for each label. */
interface Layout {
  readonly operations: readonly Operation[];
  readonly labels: ReadonlyMap<Label, number>;
}

/** Returns the cost of the program for these steps. */
export function bytecodeCost(steps: readonly Step[]): BytecodeCost {
  const layout = layOut(steps);
  const { operations } = layout;
  let [bytes, auditSteps] = [0, operations.length];
  // From the end backwards: duration of the longest path from each operation.
  const ways = new Float64Array(operations.length + 2);
  for (let index = operations.length - 1; index >= 0; index--) {
    const operation = operations[index] as Operation;
    const goal = goalOf(operation, layout);
    bytes += sizeOf(operation);
    if (goal < operations.length) auditSteps += goal + 1;
    const onward = operation.kind === 'jump' ? 0 : (ways[index + 1] ?? 0);
    ways[index] = costOf(operation) + Math.max(onward, ways[goal] ?? 0);
  }
  return { bytes, operations: operations.length, auditSteps, pathNs: ways[0] ?? 0 };
}

/**
 * Assembles the program of a decision's steps. Without steps it is empty, which means no filter.
 * @throws RangeError when the program is longer than {@link MAX_BYTECODE_BYTES}
 */
export function assembleBytecode(steps: readonly Step[]): Uint8Array {
  const layout = layOut(steps);
  const { operations } = layout;
  const offsets = [0];
  for (const [index, operation] of operations.entries()) offsets.push((offsets[index] ?? 0) + sizeOf(operation));
  const size = offsets.at(-1) ?? 0;
  if (size > MAX_BYTECODE_BYTES) throw new RangeError(`bytecode of ${size} bytes: at most ${MAX_BYTECODE_BYTES}`);
  // A jump to 4 bytes after the end rejects the socket.
  offsets.push(size + OP_SIZE);
  const bytes = new Uint8Array(size);
  for (const [index, operation] of operations.entries()) {
    const at = offsets[index] ?? 0;
    writeOperation(new DataView(bytes.buffer, at), operation, (offsets[goalOf(operation, layout)] ?? 0) - at);
  }
  return bytes;
}

function layOut(steps: readonly Step[]): Layout {
  const operations: Operation[] = [];
  const labels = new Map<Label, number>();
  for (const step of steps) {
    if (step.kind === 'mark') labels.set(step.label, operations.length);
    else operations.push(step);
  }
  labels.set(ACCEPT, operations.length);
  labels.set(REJECT, operations.length + 1);
  return { operations, labels };
}

function goalOf(operation: Operation, { labels }: Layout): number {
  const label = operation.kind === 'jump' ? operation.to : operation.otherwise;
  const goal = labels.get(label);
  if (goal === undefined) throw new RangeError(`label ${label} is not marked`);
  return goal;
}

function sizeOf(operation: Operation): number {
  if (operation.kind === 'jump') return OP_SIZE;
  if (operation.kind === 'port') return 2 * OP_SIZE;
  return OP_SIZE + HOSTCOND_SIZE + (isIpv4Prefix(operation.prefix) ? 4 : 16);
}

function costOf({ kind }: Operation): number {
  return kind === 'prefix' ? PREFIX_TEST_NS : PORT_TEST_NS;
}

function writeOperation(view: DataView, operation: Operation, no: number): void {
  view.setUint8(0, codeOf(operation));
  // If the test is true, the next operation follows: the audit allows nothing else.
  view.setUint8(1, sizeOf(operation));
  view.setUint16(2, no, true);
  if (operation.kind === 'port') view.setUint16(OP_SIZE + 2, operation.port, true);
  if (operation.kind === 'prefix') writeHostcond(view, operation.prefix);
}

function codeOf(operation: Operation): number {
  if (operation.kind === 'jump') return BytecodeOp.JMP;
  const local = operation.side === 'src';
  if (operation.kind === 'prefix') return local ? BytecodeOp.S_COND : BytecodeOp.D_COND;
  if (operation.compare === 'eq') return local ? BytecodeOp.S_EQ : BytecodeOp.D_EQ;
  if (operation.compare === 'ge') return local ? BytecodeOp.S_GE : BytecodeOp.D_GE;
  return local ? BytecodeOp.S_LE : BytecodeOp.D_LE;
}

/** Writes a host condition. An AF_INET condition also matches IPv4-mapped addresses of AF_INET6 sockets. */
function writeHostcond(view: DataView, prefix: Prefix): void {
  const isIpv4 = isIpv4Prefix(prefix);
  view.setUint8(OP_SIZE, isIpv4 ? AF_INET : AF_INET6);
  view.setUint8(OP_SIZE + 1, isIpv4 ? prefix.length - IPV4_PREFIX.length : prefix.length);
  view.setInt32(OP_SIZE + 4, ANY_PORT, true);
  const address = isIpv4 ? prefix.bytes.subarray(12) : prefix.bytes;
  new Uint8Array(view.buffer, view.byteOffset + OP_SIZE + HOSTCOND_SIZE).set(address);
}
