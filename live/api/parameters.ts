import { parameterError } from './problem.js';

/** Parameters of all routes: description, and JSON schema of the value. */
export const PARAMETERS = {
  filter: { description: 'Expression; only connections, or flows, for which it holds.', schema: { type: 'string' } },
  sort: {
    description: 'Up to three fields with commas, each with - before it for largest first.',
    schema: { type: 'string' },
  },
  offset: { description: 'First row of the window (default 0).', schema: { type: 'integer', minimum: 0 } },
  limit: {
    description: 'Number of rows, groups or flows (default 100).',
    schema: { type: 'integer', minimum: 1, maximum: 10_000 },
  },
  fields: { description: 'default, all, or names of fields and parts with commas.', schema: { type: 'string' } },
  closed: {
    description: 'Recently closed connections too (true), not (false, the default), or only these.',
    schema: { type: 'string', enum: ['false', 'true', 'only'] },
  },
  by: {
    description: 'One or two fields to group by, with a comma; an address may have a prefix length.',
    schema: { type: 'string' },
  },
  text: { description: 'Expression to complete.', schema: { type: 'string' } },
  at: { description: 'Position in the expression (default: its end).', schema: { type: 'integer', minimum: 0 } },
  netns: {
    description: 'Name or inode of the network namespace of the connection, or of the flows.',
    schema: { type: 'string' },
  },
  window: { description: 'Time that is looked back, such as 60s or 15m.', schema: { type: 'string' } },
  wait: {
    description: 'closed: the answer waits until the connection has ended.',
    schema: { type: 'string', enum: ['closed'] },
  },
  timeout: { description: 'Longest wait, such as 30s (default 30s, at most 60s).', schema: { type: 'string' } },
  nat: {
    description: 'true: only flows with a translation (default: all).',
    schema: { type: 'string', enum: ['false', 'true'] },
  },
  state: {
    description: 'Only flows in one of these states, with commas, such as SYN_SENT,SYN_RECV.',
    schema: { type: 'string' },
  },
  from: { description: 'First moment, RFC 3339.', schema: { type: 'string', format: 'date-time' } },
  until: {
    description: 'Moment before which the timeline ends, RFC 3339.',
    schema: { type: 'string', format: 'date-time' },
  },
  source: {
    description: 'memory: archives are not read (default: they are, for what memory lacks).',
    schema: { type: 'string', enum: ['memory'] },
  },
  width: { description: 'Least width of a cell, such as 1s.', schema: { type: 'string' } },
  every: { description: 'Least time between two messages, 100ms to 60s (default 1s).', schema: { type: 'string' } },
} as const;

/** Name of a parameter. */
export type ParameterName = keyof typeof PARAMETERS;

const UNITS_US: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, min: 60e6, h: 3600e6 };

/** Range of a number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Range of the width of a cell, microseconds. */
export const WIDTH_RANGE_US: Range = { min: 1000, max: 24 * 3600e6 };

/** Parameters of a request. Unknown and repeated ones are errors: a typo must not widen a view. */
export class Parameters {
  readonly #values = new Map<string, string>();

  /**
   * @param query query of the target, without its question mark
   * @throws ProblemError for a parameter that is not allowed, or given twice
   */
  constructor(query: string, allowed: readonly ParameterName[]) {
    for (const [name, value] of new URLSearchParams(query)) {
      if (!allowed.some((each) => each === name)) {
        const list = allowed.length === 0 ? 'it takes none' : `it takes ${allowed.join(', ')}`;
        throw parameterError(JSON.stringify(name.slice(0, 40)), `this route has no such parameter; ${list}`);
      }
      if (this.#values.has(name)) throw parameterError(name, 'given twice');
      this.#values.set(name, value);
    }
  }

  /** Returns a text; undefined if it is not given. */
  text(name: ParameterName): string | undefined {
    return this.#values.get(name);
  }

  /** Returns one of some words. @throws ProblemError */
  word<T extends string>(name: ParameterName, words: readonly T[]): T | undefined {
    return this.#parsed(name, `expected ${words.join(', ')}`, (text) => words.find((word) => word === text));
  }

  /** Returns a whole number. @throws ProblemError */
  integer(name: ParameterName, { min, max }: Range): number | undefined {
    return this.#parsed(name, `expected a whole number from ${min} to ${max}`, (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    });
  }

  /** Returns a duration in microseconds. @throws ProblemError */
  durationUs(name: ParameterName, { min, max }: Range): number | undefined {
    const expected = `expected a duration from ${durationText(min)} to ${durationText(max)}, such as 30s`;
    return this.#parsed(name, expected, (text) => {
      const us = durationFrom(text) ?? Number.NaN;
      return us >= min && us <= max ? us : undefined;
    });
  }

  /** Returns a time in microseconds since 1970. @throws ProblemError */
  timeUs(name: ParameterName): number | undefined {
    return this.#parsed(name, 'expected a time such as 2026-11-28T19:05:00Z', (text) => {
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
      const ms = Date.parse(text);
      return Number.isFinite(ms) ? ms * 1000 : undefined;
    });
  }

  #parsed<T>(name: ParameterName, expected: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw parameterError(name, expected);
    return value;
  }
}

/** Parses a duration such as `30s`, in microseconds; undefined for another text. */
export function durationFrom(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)(us|ms|s|min|m|h)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (UNITS_US[unit] ?? Number.NaN));
}

/** Formats microseconds with the largest unit that keeps the number whole. */
function durationText(us: number): string {
  if (us === 0) return '0s';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = UNITS_US[unit] ?? 1;
    if (us >= size && us % size === 0) return `${us / size}${unit}`;
  }
  return `${us}us`;
}

/** Returns the time range of a timeline, microseconds since 1970. @throws ProblemError if it is empty */
export function timeRange(parameters: Parameters): { readonly fromUs?: number; readonly untilUs?: number } {
  const fromUs = parameters.timeUs('from');
  const untilUs = parameters.timeUs('until');
  if (fromUs !== undefined && untilUs !== undefined && fromUs >= untilUs)
    throw parameterError('until', 'not after from');
  return { ...(fromUs === undefined ? {} : { fromUs }), ...(untilUs === undefined ? {} : { untilUs }) };
}
