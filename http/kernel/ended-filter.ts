/** Filter of destroy events: those of sockets with some ports at either end, as classic BPF. */
import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../../inetdiag/index.js';
import {
  ACCEPT,
  assembleBpf,
  Bpf,
  type BpfLine,
  fieldOf,
  instruction,
  jumpIfEqual,
  type Label,
  markLabel,
  NLMSG_HDRLEN,
  REJECT,
} from '../../netlink/index.js';
import type { PortRange } from '../index.js';

const ID_AT = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET;
const PORTS_AT = [fieldOf(INET_DIAG_SOCKID, 'sport').offset, fieldOf(INET_DIAG_SOCKID, 'dport').offset];
const FIRST_LABEL: Label = 2;

/** Assembles the program. @param ports as many as a packet filter takes */
export function assembleEndedFilter(ports: readonly PortRange[]): Uint8Array {
  let label = FIRST_LABEL;
  const lineOf = ({ first, last }: PortRange): BpfLine[] => {
    if (first === last) return [jumpIfEqual(first, ACCEPT)];
    const next = label++;
    return [
      { kind: 'condition', code: Bpf.JGE, k: first, leaves: 'if-false', to: next },
      { kind: 'condition', code: Bpf.JGT, k: last, leaves: 'if-false', to: ACCEPT },
      markLabel(next),
    ];
  };
  return assembleBpf([
    ...PORTS_AT.flatMap((at) => [instruction(Bpf.LD_H_ABS, ID_AT + at), ...ports.flatMap(lineOf)]),
    { kind: 'jump', to: REJECT },
  ]);
}
