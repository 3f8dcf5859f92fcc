import {
  AF_INET,
  assembleBpf,
  Bpf,
  type BpfLine,
  fieldOf,
  instruction,
  type Label,
  NLMSG_HDRLEN,
} from '../../netlink/index.js';
import { INET_DIAG_MSG, INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inet-diag-msg.js';
import type { Side, Step } from './decision.js';
import type { Prefix } from './prefix.js';

const SIDES = ['src', 'dst'] as const;

// Positions in M[] of addresses and ports. An address takes four words; IPv4 addresses are IPv4-mapped.
const ADDRESS_WORDS: Readonly<Record<Side, number>> = { src: 0, dst: 4 };
const PORT_WORDS: Readonly<Record<Side, number>> = { src: 8, dst: 9 };
const LAST_WORD = 3;

// Offsets in a message: nlmsghdr, then inet_diag_msg.
const ID = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET;
const FAMILY = NLMSG_HDRLEN + fieldOf(INET_DIAG_MSG, 'family').offset;
const PORTS: Readonly<Record<Side, number>> = {
  src: ID + fieldOf(INET_DIAG_SOCKID, 'sport').offset,
  dst: ID + fieldOf(INET_DIAG_SOCKID, 'dport').offset,
};
const ADDRESSES: Readonly<Record<Side, number>> = {
  src: ID + fieldOf(INET_DIAG_SOCKID, 'src').offset,
  dst: ID + fieldOf(INET_DIAG_SOCKID, 'dst').offset,
};

/** First three words of an IPv4-mapped address. */
const MAPPED_WORDS = [0, 0, 0xffff] as const;
const ALL_BITS = 0xffff_ffff;

// Labels of the program itself. They are negative; labels of steps are not.
const IPV6: Label = -1;
const LOADED: Label = -2;

/**
 * Assembles classic BPF that executes a decision's steps for one inet_diag message, such as a destroy event. The
 * program may be longer than `MAX_BPF_INSTRUCTIONS`.
 */
export function assembleMessageProgram(steps: readonly Step[]): Uint8Array {
  const addresses = steps.some(({ kind }) => kind === 'prefix') ? loadAddresses() : [];
  return assembleBpf([...loadPorts(), ...addresses, ...follow(steps)]);
}

function loadPorts(): BpfLine[] {
  return SIDES.flatMap((side) => [instruction(Bpf.LD_H_ABS, PORTS[side]), instruction(Bpf.ST, PORT_WORDS[side])]);
}

function loadAddresses(): BpfLine[] {
  const ipv4 = SIDES.flatMap((side) => [
    ...MAPPED_WORDS.flatMap((value, word) => [
      instruction(Bpf.LD_IMM, value),
      instruction(Bpf.ST, ADDRESS_WORDS[side] + word),
    ]),
    instruction(Bpf.LD_W_ABS, ADDRESSES[side]),
    instruction(Bpf.ST, ADDRESS_WORDS[side] + LAST_WORD),
  ]);
  const ipv6 = SIDES.flatMap((side) =>
    [0, 1, 2, LAST_WORD].flatMap((word) => [
      instruction(Bpf.LD_W_ABS, ADDRESSES[side] + 4 * word),
      instruction(Bpf.ST, ADDRESS_WORDS[side] + word),
    ]),
  );
  return [
    instruction(Bpf.LD_B_ABS, FAMILY),
    { kind: 'condition', code: Bpf.JEQ, k: AF_INET, leaves: 'if-false', to: IPV6 },
    ...ipv4,
    { kind: 'jump', to: LOADED },
    { kind: 'mark', label: IPV6 },
    ...ipv6,
    { kind: 'mark', label: LOADED },
  ];
}

function follow(steps: readonly Step[]): BpfLine[] {
  const lines: BpfLine[] = [];
  const accumulator = new Accumulator();
  for (const step of steps) {
    if (step.kind === 'mark') {
      accumulator.mark(step.label);
      lines.push(step);
    } else if (step.kind === 'jump') {
      accumulator.jump(step.to);
      lines.push(step);
    } else if (step.kind === 'port') {
      if (!accumulator.holds(step.side)) lines.push(instruction(Bpf.LD_MEM, PORT_WORDS[step.side]));
      accumulator.set(step.side);
      accumulator.branch(step.otherwise);
      lines.push(portTest(step));
    } else {
      const test = prefixTest(step);
      if (test.length > 0) accumulator.set(undefined);
      accumulator.branch(step.otherwise);
      lines.push(...test);
    }
  }
  return lines;
}

/** Tracks which port the accumulator holds on every path to the current step. */
class Accumulator {
  #held: Side | undefined;
  #reachable = true;
  readonly #ahead = new Map<Label, Side | undefined>();

  holds(side: Side): boolean {
    return this.#held === side;
  }

  set(held: Side | undefined): void {
    this.#held = held;
  }

  branch(to: Label): void {
    this.#ahead.set(to, this.#ahead.has(to) && this.#ahead.get(to) !== this.#held ? undefined : this.#held);
  }

  jump(to: Label): void {
    this.branch(to);
    this.#reachable = false;
  }

  mark(label: Label): void {
    if (this.#reachable) this.branch(label);
    this.#held = this.#ahead.get(label);
    this.#reachable = true;
  }
}

function portTest({ compare, port: k, otherwise: to }: Extract<Step, { kind: 'port' }>): BpfLine {
  // BPF has no test for less or equal.
  if (compare === 'le') return { kind: 'condition', code: Bpf.JGT, k, leaves: 'if-true', to };
  return { kind: 'condition', code: compare === 'ge' ? Bpf.JGE : Bpf.JEQ, k, leaves: 'if-false', to };
}

function prefixTest({ side, prefix, isIpv4, otherwise: to }: Extract<Step, { kind: 'prefix' }>): BpfLine[] {
  const lines: BpfLine[] = [];
  for (let word = isIpv4 ? LAST_WORD : 0; word * 32 < prefix.length; word++) {
    const { mask, value } = wordOf(prefix, word);
    lines.push(instruction(Bpf.LD_MEM, ADDRESS_WORDS[side] + word));
    if (mask !== ALL_BITS) lines.push(instruction(Bpf.AND, mask));
    lines.push({ kind: 'condition', code: Bpf.JEQ, k: value, leaves: 'if-false', to });
  }
  return lines;
}

/** Returns one word of a prefix, and the mask of its significant bits. */
function wordOf({ bytes, length }: Prefix, word: number): { readonly mask: number; readonly value: number } {
  const bits = Math.min(32, length - 32 * word);
  // A shift by 32 would be a shift by 0.
  const mask = bits === 32 ? ALL_BITS : ~(ALL_BITS >>> bits) >>> 0;
  return { mask, value: new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * word) };
}
