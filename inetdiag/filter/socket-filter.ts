import type { InetDiagSockId } from '../inet-diag-msg.js';
import { PortSet } from './ports.js';
import { comparableAddress } from './prefix.js';
import { PrefixSet } from './prefix-map.js';
import { type FilterRule, joinRules } from './rule.js';

/**
 * Evaluates rules for a socket: it is wanted when no `exclude` rule matches and, if there are `include` rules, one of
 * them matches. The order of rules has no meaning. Programs for the kernel must agree with this class.
 */
export class SocketFilter {
  readonly #excludes: readonly Matcher[];
  readonly #includes: readonly Matcher[];

  constructor(rules: readonly FilterRule[]) {
    const joined = joinRules(rules);
    this.#excludes = joined.filter(({ action }) => action === 'exclude').map((rule) => new Matcher(rule));
    this.#includes = joined.filter(({ action }) => action === 'include').map((rule) => new Matcher(rule));
  }

  /** Returns whether the socket is wanted. `family` is AF_INET or AF_INET6. */
  wants(id: InetDiagSockId, family: number): boolean {
    const socket = endpointsOf(id, family);
    if (this.#excludes.some((rule) => rule.matches(socket))) return false;
    return this.#includes.length === 0 || this.#includes.some((rule) => rule.matches(socket));
  }

  /** Returns whether a socket may be wanted, if each port 0 and each all-zero address counts as unknown. */
  mayWant(id: InetDiagSockId, family: number): boolean {
    const { sport, dport, src, dst } = endpointsOf(id, family);
    const isKnown = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0);
    const socket: Endpoints = {
      sport: sport || undefined,
      dport: dport || undefined,
      src: isKnown(id.src) ? src : undefined,
      dst: isKnown(id.dst) ? dst : undefined,
    };
    if (this.#excludes.some((rule) => rule.matches(socket, false))) return false;
    return this.#includes.length === 0 || this.#includes.some((rule) => rule.matches(socket, true));
  }
}

/** Returns both endpoints of a socket in comparable form. */
function endpointsOf({ sport, dport, src, dst }: InetDiagSockId, family: number): Endpoints {
  return { sport, dport, src: comparableAddress(src, family), dst: comparableAddress(dst, family) };
}

/** Both endpoints of a socket, with addresses as `comparableAddress` returns them; undefined if unknown. */
interface Endpoints {
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly src: Uint8Array | undefined;
  readonly dst: Uint8Array | undefined;
}

/** Rule in a form that is fast to match. */
class Matcher {
  readonly #sport: PortSet | undefined;
  readonly #dport: PortSet | undefined;
  readonly #src: PrefixSet | undefined;
  readonly #dst: PrefixSet | undefined;

  constructor({ sport, dport, src, dst }: FilterRule) {
    this.#sport = sport && new PortSet(sport);
    this.#dport = dport && new PortSet(dport);
    this.#src = src && new PrefixSet(src);
    this.#dst = dst && new PrefixSet(dst);
  }

  /**
   * Returns whether the rule matches the socket.
   * @param unknown the answer of a term about an unknown port or address
   */
  matches({ sport, dport, src, dst }: Endpoints, unknown = false): boolean {
    return (
      answer(this.#sport, sport, unknown) &&
      answer(this.#dport, dport, unknown) &&
      answer(this.#src, src, unknown) &&
      answer(this.#dst, dst, unknown)
    );
  }
}

/** Returns the answer of one term; true if the rule does not have the term. */
function answer<T>(term: { has(value: T): boolean } | undefined, value: T | undefined, unknown: boolean): boolean {
  if (term === undefined) return true;
  return value === undefined ? unknown : term.has(value);
}
