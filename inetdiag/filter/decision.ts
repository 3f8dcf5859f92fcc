import type { Prefix } from './prefix.js';

/** Which end of a socket a test looks at: `src` is this machine's. */
export type End = 'src' | 'dst';

/** A place in a {@link Decision} that tests and jumps lead to; always further down. */
export type Label = number;
/** The socket is wanted. It is also what the end of a decision means. */
export const ACCEPT: Label = 0;
/** The socket is not wanted. */
export const REJECT: Label = 1;

/** One step of a {@link Decision}. A test that holds goes on with the next step. */
export type Step =
  | {
      readonly kind: 'port';
      readonly end: End;
      readonly compare: 'ge' | 'le' | 'eq';
      readonly port: number;
      readonly otherwise: Label;
    }
  | {
      readonly kind: 'prefix';
      readonly end: End;
      readonly prefix: Prefix;
      /** Whether a step before has made sure that the address is IPv4. */
      readonly isIpv4: boolean;
      readonly otherwise: Label;
    }
  | { readonly kind: 'jump'; readonly to: Label }
  | { readonly kind: 'mark'; readonly label: Label };

/**
 * A decision about a socket as steps from top to bottom, which both of the kernel's filter machines can follow: neither
 * can jump back, and in inet_diag's a test that holds can only go on with what comes next.
 */
export class Decision {
  readonly #steps: Step[] = [];
  #labels = REJECT;

  /** A label that is not marked yet. */
  newLabel(): Label {
    return ++this.#labels;
  }

  /** The label is here. */
  mark(label: Label): void {
    this.#steps.push({ kind: 'mark', label });
  }

  jump(to: Label): void {
    this.#steps.push({ kind: 'jump', to });
  }

  port(end: End, compare: 'ge' | 'le' | 'eq', port: number, otherwise: Label): void {
    this.#steps.push({ kind: 'port', end, compare, port, otherwise });
  }

  prefix(end: End, prefix: Prefix, isIpv4: boolean, otherwise: Label): void {
    this.#steps.push({ kind: 'prefix', end, prefix, isIpv4, otherwise });
  }

  /** The steps, without jumps to what comes next anyway. */
  steps(): Step[] {
    const kept: Step[] = [];
    // From below, with the labels that are marked just behind.
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
