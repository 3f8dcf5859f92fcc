import { hostname } from 'node:os';
import { type CompiledExpression, compileExpression, ExpressionError } from '../../../expression/index.js';
import { SOCKET_VOCABULARY, type SocketRow } from '../../../fields/index.js';
import { bootUuidPrefix, machineName } from '../../../host/index.js';
import { filterError } from '../../tool/filter-option.js';

/** Connections that the arguments name. */
export type CloseTarget =
  | { readonly kind: 'all'; readonly uuidPrefix: string }
  | { readonly kind: 'cookie'; readonly cookie: bigint; readonly uuidPrefix: string }
  | { readonly kind: 'expression'; readonly filter: CompiledExpression<SocketRow>; readonly uuidPrefix: string };

/** Thrown for arguments that name no connection. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Machine and boot that UUIDs must be of. */
export interface BootIdentity {
  /** Prefix that the UUIDs of `-uuid-prefix=auto` have: host name, and id and second of the boot. */
  readonly prefix: string;
  /** Names of this machine. */
  readonly names: readonly string[];
}

/** Returns machine and boot of this process. @throws BootPrefixError, or the system error */
export function bootIdentity(environment: Readonly<Record<string, string | undefined>>): BootIdentity {
  return { prefix: bootUuidPrefix(environment), names: [machineName(environment), hostname()] };
}

const UUID = /^(\S+)_([0-9a-f]{16})$/i;
const COOKIE = /^cookie:(.*)$/i;
const MAX_COOKIE = (1n << 64n) - 2n;

/**
 * Interprets the arguments together: a UUID, a cookie, or an expression.
 * @param isOptional true if no argument means all connections, because something else chooses among them
 * @throws TargetError, FilterError
 */
export function parseTarget(words: readonly string[], boot: BootIdentity, isOptional = false): CloseTarget {
  const text = words.join(' ').trim();
  if (text === '' && isOptional) return { kind: 'all', uuidPrefix: boot.prefix };
  if (text === '') throw new TargetError('missing UUID, cookie:N, EXPRESSION or --service');
  const [, digits] = COOKIE.exec(text) ?? [];
  if (digits !== undefined) return { kind: 'cookie', cookie: parseCookie(digits), uuidPrefix: boot.prefix };
  const [, prefix, hex] = UUID.exec(text) ?? [];
  if (prefix === undefined || hex === undefined) {
    return { kind: 'expression', filter: compile(text), uuidPrefix: boot.prefix };
  }
  if (!isOfThisBoot(prefix, boot)) {
    throw new TargetError(
      `UUID ${text} is of another machine or boot, where the same cookie is another connection: UUIDs of this boot ` +
        `begin with ${boot.prefix}. If you know that it is of this boot, give cookie:${hex}`,
    );
  }
  return { kind: 'cookie', cookie: parseCookie(hex), uuidPrefix: prefix };
}

function compile(text: string): CompiledExpression<SocketRow> {
  try {
    return compileExpression(text, SOCKET_VOCABULARY);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw filterError('EXPRESSION', text, error);
  }
}

/** @throws TargetError */
function parseCookie(text: string): bigint {
  // Digits without 0x are hexadecimal if there are sixteen, as in UUIDs.
  const isHex = /^(0x[0-9a-f]{1,16}|[0-9a-f]{16})$/i.test(text);
  const isDecimal = !isHex && /^\d{1,20}$/.test(text);
  const cookie = isHex ? BigInt(`0x${text.replace(/^0x/i, '')}`) : isDecimal ? BigInt(text) : 0n;
  if (cookie >= 1n && cookie <= MAX_COOKIE) return cookie;
  throw new TargetError(
    `cookie:${text}: expected 16 hexadecimal digits, 0x and hexadecimal digits, or decimal digits, and not 0`,
  );
}

/** Seconds by which the second of the boot may differ: it follows the clock, which may be set. */
const TOLERANCE_SEC = 10;

/**
 * Returns whether a UUID's prefix is that of this boot of this machine: by the id of the boot, or else by name and
 * second. A prefix of any other form could be of any machine.
 */
export function isOfThisBoot(prefix: string, { prefix: own, names }: BootIdentity): boolean {
  const plain = prefix.replace(/_netns\d+$/, '').replace(/_unsafe$/, '');
  const [given, mine] = [plain, own].map((each) => /^(.+)_(\d+)$/.exec(each));
  if (given?.[1] === undefined || mine?.[1] === undefined) return false;
  const bootId = /-([0-9a-f]{8})$/.exec(mine[1])?.[1];
  if (bootId !== undefined && given[1].endsWith(`-${bootId}`)) return true;
  return names.includes(given[1]) && Math.abs(Number(given[2]) - Number(mine[2])) <= TOLERANCE_SEC;
}
