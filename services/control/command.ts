import { type Prefix, parsePrefix } from '../../inetdiag/index.js';
import { parseDurationNs, parseLongDurationNs } from '../../words/index.js';

/** Actions on a service. */
export const CONTROL_ACTIONS = ['reject', 'release', 'close', 'drain', 'undrain'] as const;
/** One of {@link CONTROL_ACTIONS}. */
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** Command to a service. */
export type ControlCommand =
  | { readonly action: 'reject'; readonly prefix: Prefix; readonly forMs: number | undefined }
  | { readonly action: 'release'; readonly prefix: Prefix }
  | { readonly action: 'close'; readonly prefix: Prefix }
  | { readonly action: 'close'; readonly uuid: string }
  | { readonly action: 'close'; readonly idleMs: number }
  | { readonly action: 'drain' | 'undrain' };

/** Thrown for a body that is no command. */
export class ControlCommandError extends Error {
  override readonly name = 'ControlCommandError';
  readonly code = 'ERR_CONTROL_COMMAND';
}

/** Keys of each action's body. Of `close`, exactly one. */
const KEYS: Readonly<Record<ControlAction, readonly string[]>> = {
  reject: ['ip', 'for'],
  release: ['ip'],
  close: ['ip', 'uuid', 'idle'],
  drain: [],
  undrain: [],
};

/** Largest body of a command, in bytes. */
export const MAX_COMMAND_BYTES: number = 64 * 1024;

const NS_PER_MS = 1e6;

/**
 * Parses the body of an action: a JSON object, such as `{"ip": "10.0.0.0/8", "for": "10m"}`; an empty body is an empty
 * object.
 * @throws ControlCommandError
 */
export function parseCommand(action: ControlAction, body: string): ControlCommand {
  const given = parseObject(body);
  const unknown = Object.keys(given).find((key) => !KEYS[action].includes(key));
  if (unknown !== undefined) {
    throw new ControlCommandError(
      `unknown key ${JSON.stringify(unknown)}: ${action} has ${KEYS[action].join(', ') || 'none'}`,
    );
  }
  const { ip, for: time, uuid, idle } = given;
  switch (action) {
    case 'reject':
      return { action, prefix: prefixOf(ip), forMs: time === undefined ? undefined : durationOf('for', time) };
    case 'release':
      return { action, prefix: prefixOf(ip) };
    case 'close':
      if (Object.keys(given).length !== 1) throw new ControlCommandError('close: expected one of ip, uuid and idle');
      if (ip !== undefined) return { action, prefix: prefixOf(ip) };
      if (uuid === undefined) return { action, idleMs: durationOf('idle', idle) };
      if (typeof uuid !== 'string' || uuid === '') throw new ControlCommandError('uuid: expected a UUID');
      return { action, uuid };
    case 'drain':
    case 'undrain':
      return { action };
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  if (body.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new ControlCommandError('the body is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ControlCommandError('the body is not a JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function prefixOf(value: unknown): Prefix {
  const prefix = typeof value === 'string' ? parsePrefix(value) : undefined;
  if (prefix === undefined) {
    throw new ControlCommandError('ip: expected an address or a prefix without host bits, such as "10.0.0.0/8"');
  }
  return prefix;
}

/** Seconds as a number, or a text with a unit. */
function durationOf(key: string, value: unknown): number {
  const text = typeof value === 'number' ? `${value}s` : value;
  const ns = typeof text === 'string' ? (parseLongDurationNs(text) ?? parseDurationNs(text)) : undefined;
  if (ns === undefined || ns <= 0) {
    throw new ControlCommandError(`${key}: expected a duration, such as "10m", or a number of seconds`);
  }
  return ns / NS_PER_MS;
}
