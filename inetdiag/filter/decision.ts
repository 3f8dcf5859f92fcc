import { ACCEPT, type Label, REJECT } from '../../netlink/index.js';
import type { Prefix } from './prefix.js';

export { ACCEPT, type Label, REJECT };

/** Side of a socket that a test checks: `src` is the local one. */
export type Side = 'src' | 'dst';

/** One step of a {@link Decision}. A test continues with the next step if it is true, else at `otherwise`. */
export type Step =
  | {
      readonly kind: 'port';
      readonly side: Side;
      readonly compare: 'ge' | 'le' | 'eq';
      readonly port: number;
      readonly otherwise: Label;
    }
  | {
      readonly kind: 'prefix';
      readonly side: Side;
      readonly prefix: Prefix;
      /** True when an earlier step has checked that the address is IPv4. */
      readonly isIpv4: boolean;
      readonly otherwise: Label;
    }
  | { readonly kind: 'jump'; readonly to: Label }
  | { readonly kind: 'mark'; readonly label: Label };

/**
 * A decision about a socket, as steps that both of the kernel's filter machines can execute: neither can jump back, and
 * in inet_diag a test that is true can only continue with the next step.
 */
export class Decision {
  readonly #steps: Step[] = [];
  #labels = REJECT;

  /** Creates a label, to be placed by `mark`. */
  newLabel(): Label {
    return ++this.#labels;
  }

  /** Places a label before the next step. */
  mark(label: Label): void {
    this.#steps.push({ kind: 'mark', label });
  }

  jump(to: Label): void {
    this.#steps.push({ kind: 'jump', to });
  }

  port(side: Side, compare: 'ge' | 'le' | 'eq', port: number, otherwise: Label): void {
    this.#steps.push({ kind: 'port', side, compare, port, otherwise });
  }

  prefix(side: Side, prefix: Prefix, isIpv4: boolean, otherwise: Label): void {
    this.#steps.push({ kind: 'prefix', side, prefix, isIpv4, otherwise });
  }

  /** Returns the steps, without jumps to the next step. */
  steps(): Step[] {
    const kept: Step[] = [];
    // From the end backwards, with the labels that are placed right after each step.
    let next = new Set<Label>([ACCEPT]);
    for (const step of this.#steps.toReversed()) {
      if (step.kind === 'mark') {
        next.add(step.label);
      } else if (step.kind === 'jump' && next.has(step.to)) {
        continue;
      } else {
        next = new Set();
      }
      kept.push(step);
    }
    return kept.reverse();
  }
}
