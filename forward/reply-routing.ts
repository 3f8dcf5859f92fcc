import { comparableAddress, PrefixSet } from '../inetdiag/index.js';
import {
  type AddressRange,
  AF_INET,
  AF_INET6,
  FR_ACT_TO_TBL,
  parseAddress,
  type Route,
  type RoutingRule,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTN_LOCAL,
} from '../netlink/index.js';

/** Backend to which connections come from the clients' addresses. */
export interface TransparentBackend {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  /** True if it is an address of this machine: its answers do not come in on a device. */
  readonly isOwn: boolean;
}

/** Policy routing of this machine. */
export interface PolicyRouting {
  readonly rules: readonly RoutingRule[];
  readonly routes: readonly Route[];
}

/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;
/** Table in the advice where no table has a local route. */
const ADVISED_TABLE = 100;
const FULL_LENGTH: Readonly<Record<number, number>> = { [AF_INET]: 32, [AF_INET6]: 128 };

/**
 * Returns one sentence that says what is missing for the answers of a backend to clients' addresses, which are not
 * those of this machine: a rule that leads the answers to a table, and a local route in it. Undefined if nothing is
 * missing that routing shows: a rule may be for marked packets, and nothing here shows who marks them.
 */
export function missingReplyRouting(backend: TransparentBackend, { rules, routes }: PolicyRouting): string | undefined {
  const parsed = parseAddress(backend.address);
  if (parsed === undefined) return undefined;
  const { family } = parsed;
  const address = comparableAddress(parsed.bytes, family);
  const locals = routes.filter((route) => route.family === family && route.type === RTN_LOCAL);
  if (locals.some(isWideLocal)) return undefined;
  const tables = new Set(locals.flatMap(({ table }) => (table === RT_TABLE_LOCAL ? [] : [table])));
  const leading = leadingRules(rules, family, address, backend.isOwn);
  if (leading.some(({ table }) => tables.has(table))) return undefined;

  const [ip, all] = family === AF_INET ? ['ip', '0.0.0.0/0'] : ['ip -6', '::/0'];
  const addRule = (table: number): string =>
    `${ip} rule add from ${backend.address} ipproto tcp sport ${backend.port} lookup ${table}`;
  const addRoute = (table: number): string => `${ip} route add local ${all} dev lo table ${table}`;
  const [first] = leading;
  if (first !== undefined) {
    return `table ${first.table}, to which a rule leads, has no local route: ${addRoute(first.table)}`;
  }
  const [table] = tables;
  if (table !== undefined) return `no rule leads to table ${table}, which has a local route: ${addRule(table)}`;
  return `no rule leads to a table with a local route: ${addRule(ADVISED_TABLE)}; ${addRoute(ADVISED_TABLE)}`;
}

/** Returns whether all addresses of a route are this machine's, in the table that is asked first. */
function isWideLocal({ family, table, destination }: Route): boolean {
  const isLoopback = family === AF_INET && destination.bytes[0] === 127;
  return table === RT_TABLE_LOCAL && destination.length < (FULL_LENGTH[family] ?? 0) && !isLoopback;
}

/** Returns the rules that the answers may follow, before the usual routes. */
function leadingRules(
  rules: readonly RoutingRule[],
  family: number,
  address: Uint8Array,
  isOwn: boolean,
): RoutingRule[] {
  const ours = rules.filter((rule) => rule.family === family && rule.action === FR_ACT_TO_TBL);
  const usual = ours.filter((rule) => rule.table === RT_TABLE_MAIN && rule.mark === 0 && rule.source === undefined);
  const usualPriority = Math.min(...usual.map(({ priority }) => priority));
  return ours.filter(
    (rule) =>
      rule.table !== RT_TABLE_MAIN &&
      rule.table !== RT_TABLE_LOCAL &&
      rule.priority < usualPriority &&
      !rule.isInverted &&
      rule.outputDevice === undefined &&
      (rule.inputDevice === undefined || (rule.inputDevice === 'lo') === isOwn) &&
      (rule.source === undefined || covers(rule.source, address)),
  );
}

function covers({ family, bytes, length }: AddressRange, address: Uint8Array): boolean {
  const bits = family === AF_INET ? MAPPED_BITS + length : length;
  return new PrefixSet([{ bytes: comparableAddress(bytes, family), length: bits }]).has(address);
}
