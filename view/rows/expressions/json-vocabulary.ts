import { type FieldDefinition, type FlagDefinition, Vocabulary } from '../../../expression/index.js';
import type { RowJson } from '../../../live/wire/index.js';
import { tcpStateName } from '../../../tcp/index.js';
import { type DescribedField, type RowFields, rowValue } from '../index.js';

/** Returns the scalar that stands for a value in JSON. */
function scalarOf(value: unknown, part: string, name: string, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'time') return typeof value === 'string' ? Date.parse(value) * 1000 : value;
  if (name === 'lastState' && typeof value === 'number') return tcpStateName(value);
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(',');
  if (part === 'cgroup' && typeof value === 'object') {
    const { id, name: podName, uid } = value as Readonly<Record<'id' | 'name' | 'uid', string | null | undefined>>;
    return (name === 'container' ? id : (podName ?? uid)) ?? null;
  }
  return value;
}

const NEW_US = 10_000_000;
const LIMITING: readonly unknown[] = ['cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss'];
const CLOSING: readonly unknown[] = ['FIN_WAIT1', 'FIN_WAIT2', 'CLOSING', 'CLOSE_WAIT', 'LAST_ACK'];

/** Ends of connections that were never opened. */
const UNOPENED: readonly unknown[] = ['refused', 'unanswered', 'failed'];

const FLAGS: Readonly<Record<string, FlagDefinition<RowJson>['read'] | undefined>> = {
  open: ({ open }) => open,
  closed: ({ open }) => (open === undefined ? null : !open),
  new: ({ open, ageUs }) => open === true && (ageUs ?? Number.POSITIVE_INFINITY) <= NEW_US,
  limited: ({ now }) => (now?.limitedBy == null ? null : LIMITING.includes(now.limitedBy)),
  lossy: ({ now }) => (now == null ? null : (now.retransmitRateBytes ?? 0) > 0),
  idle: ({ now }) =>
    now == null ? null : (now.sendThroughputBytesPerSec ?? 0) + (now.receiveThroughputBytesPerSec ?? 0) === 0,
  firing: ({ alerts = [] }) => alerts.length > 0,
  'unknown-process': ({ processUnknown }) => (processUnknown ?? null) !== null,
  watched: ({ watch }) => (watch ?? null) !== null,
  paired: ({ pair }) => (pair ?? null) !== null,
  mptcp: ({ mptcp }) => (mptcp ?? null) !== null,
  slow: ({ connection }) => connection?.slow ?? null,
  failed: ({ connection }) => (connection?.howEnded === undefined ? null : UNOPENED.includes(connection.howEnded)),
  reset: ({ connection }) => {
    const howEnded = connection?.howEnded ?? 'unknown';
    return howEnded === 'unknown' ? null : howEnded.startsWith('reset');
  },
  closing: ({ open, state }) => open === true && CLOSING.includes(state),
};

/** Creates the names that expressions on rows in JSON may use, from the table of fields or the answer of `/fields`. */
export function jsonVocabulary(
  fields: RowFields,
  flags: readonly Pick<FlagDefinition<never>, 'name' | 'description'>[],
): Vocabulary<RowJson> {
  return new Vocabulary<RowJson>({
    fields: fields.all.filter(({ type }) => type !== 'object').map((field) => definition(field, fields)),
    flags: flags.map(({ name, description }) => ({ name, description, read: flagReader(name) })),
    searchedTexts: ['localAddress', 'remoteAddress', 'process.command', 'unit', 'cgroup.container', 'pod', 'uuid'],
    searchedNumbers: ['localPort', 'remotePort', 'pid'],
  });
}

/** Creates the field that reads a value from a row in JSON. */
function definition(field: DescribedField, fields: RowFields): FieldDefinition<RowJson> {
  const { part, name, description, aliases = [], type, unit, values } = field;
  const read = (row: RowJson): unknown => scalarOf(rowValue(row, part, name), part, name, type);
  const own = {
    ...((unit ?? null) === null ? {} : { unit }),
    ...((values ?? null) === null ? {} : { values }),
    ...(fields.isQualified(field) ? { isQualified: true } : {}),
  };
  // The table says which type each value has; a test compares it with the values of the store's rows.
  return { part, name, description, aliases, ...own, type, read } as FieldDefinition<RowJson>;
}

/** @throws RangeError for a flag that this table lacks */
function flagReader(name: string): FlagDefinition<RowJson>['read'] {
  const read = FLAGS[name];
  if (read === undefined) throw new RangeError(`flag ${name} has no reader`);
  return read;
}
