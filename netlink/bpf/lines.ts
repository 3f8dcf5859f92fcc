import { Bpf, type BpfLine, type Label } from './assembler.js';

/** Returns a line with one instruction. */
export function instruction(code: number, k: number): BpfLine {
  return { kind: 'plain', code, k };
}

/** Returns the mark of a label, which jumps lead to. */
export function markLabel(label: Label): BpfLine {
  return { kind: 'mark', label };
}

/** Returns a condition that goes to a label if A is `k`. */
export function jumpIfEqual(k: number, to: Label): BpfLine {
  return { kind: 'condition', code: Bpf.JEQ, k, leaves: 'if-true', to };
}

/** Returns a condition that goes to a label unless A is `k`. */
export function jumpUnlessEqual(k: number, to: Label): BpfLine {
  return { kind: 'condition', code: Bpf.JEQ, k, leaves: 'if-false', to };
}
