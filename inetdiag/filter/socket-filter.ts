import type { InetDiagSockId } from '../inet-diag-msg.js';
import { PortSet } from './ports.js';
import { comparableAddress, PrefixSet } from './prefix.js';
import { type FilterRule, joinRules } from './rule.js';

/**
 * The rules' verdict on a socket: it is wanted when no `exclude` rule matches and, if there are `include` rules, one of
 * them does. The order of rules means nothing. This is what programs for the kernel have to agree with.
 */
export class SocketFilter {
  readonly #excludes: readonly Matcher[];
  readonly #includes: readonly Matcher[];

  constructor(rules: readonly FilterRule[]) {
    const joined = joinRules(rules);
    this.#excludes = joined.filter(({ action }) => action === 'exclude').map((rule) => new Matcher(rule));
    this.#includes = joined.filter(({ action }) => action === 'include').map((rule) => new Matcher(rule));
  }

  /** Whether the socket is wanted. `family` is AF_INET or AF_INET6. */
  wants(id: InetDiagSockId, family: number): boolean {
    const socket = endsOf(id, family);
    if (this.#excludes.some((rule) => rule.matches(socket))) return false;
    return this.#includes.length === 0 || this.#includes.some((rule) => rule.matches(socket));
  }

  /** Returns whether the rules may want a socket of which a port that is 0, or an address of zeros, is not known. */
  mayWant(id: InetDiagSockId, family: number): boolean {
    const { sport, dport, src, dst } = endsOf(id, family);
    const isKnown = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0);
    const socket: Ends = {
      sport: sport || undefined,
      dport: dport || undefined,
      src: isKnown(id.src) ? src : undefined,
      dst: isKnown(id.dst) ? dst : undefined,
    };
    if (this.#excludes.some((rule) => rule.matches(socket, false))) return false;
    return this.#includes.length === 0 || this.#includes.some((rule) => rule.matches(socket, true));
  }
}

/** Returns the ends of a socket. */
function endsOf({ sport, dport, src, dst }: InetDiagSockId, family: number): Ends {
  return { sport, dport, src: comparableAddress(src, family), dst: comparableAddress(dst, family) };
}

/** A socket's ends, with addresses as `comparableAddress` gives them; undefined where they are not known. */
interface Ends {
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly src: Uint8Array | undefined;
  readonly dst: Uint8Array | undefined;
}

/** A rule to look sockets up in. */
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
   * @param unknown the answer of a term that asks for an end which is not known
   */
  matches({ sport, dport, src, dst }: Ends, unknown = false): boolean {
    return (
      answer(this.#sport, sport, unknown) &&
      answer(this.#dport, dport, unknown) &&
      answer(this.#src, src, unknown) &&
      answer(this.#dst, dst, unknown)
    );
  }
}

/** Answer of a term, if the rule has it. */
function answer<T>(term: { has(value: T): boolean } | undefined, value: T | undefined, unknown: boolean): boolean {
  if (term === undefined) return true;
  return value === undefined ? unknown : term.has(value);
}
