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
    const socket: Ends = {
      sport: id.sport,
      dport: id.dport,
      src: comparableAddress(id.src, family),
      dst: comparableAddress(id.dst, family),
    };
    if (this.#excludes.some((rule) => rule.matches(socket))) return false;
    return this.#includes.length === 0 || this.#includes.some((rule) => rule.matches(socket));
  }
}

/** A socket's ends, with addresses as `comparableAddress` gives them. */
interface Ends {
  readonly sport: number;
  readonly dport: number;
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
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

  matches(socket: Ends): boolean {
    return (
      (this.#sport?.has(socket.sport) ?? true) &&
      (this.#dport?.has(socket.dport) ?? true) &&
      (this.#src?.has(socket.src) ?? true) &&
      (this.#dst?.has(socket.dst) ?? true)
    );
  }
}
