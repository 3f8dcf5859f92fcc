import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  completeExpression,
  ExpressionError,
  type FieldDefinition,
  fullName,
  type Vocabulary,
} from '../../expression/index.js';
import { CONNECTION_VOCABULARY, FLOW_VOCABULARY } from '../../fields/index.js';
import { ROW_VOCABULARY } from '../../live/store/index.js';

const LIMITS = ['application', 'cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss', 'peer', 'idle'];

function fieldsWithValues<Row>(vocabulary: Vocabulary<Row>): (readonly [string, FieldDefinition<Row>])[] {
  return vocabulary.fields
    .filter((field) => 'values' in field && field.values !== undefined)
    .map((field) => [fullName(field), field] as const);
}

function errorOf<Row>(text: string, vocabulary: Vocabulary<Row>): ExpressionError {
  try {
    compileExpression(text, vocabulary);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${text} is accepted`);
}

/** Fields of a vocabulary that have a fixed set of values, and what its expressions test. */
function testOf<Row>(vocabulary: Vocabulary<Row>): {
  readonly fields: readonly (readonly [string, { readonly type: string; readonly values?: readonly unknown[] }])[];
  readonly test: (text: string) => unknown;
} {
  return {
    fields: fieldsWithValues(vocabulary),
    test: (text) => compileExpression(text, vocabulary).test,
  };
}

describe('fields with few values', () => {
  it('are known in archives and in live connections', () => {
    expect(fieldsWithValues(CONNECTION_VOCABULARY).map(([name]) => name)).toEqual([
      'connection.family',
      'connection.lastState',
      'connection.limitedBy',
      'connection.limitedByEvidence',
      'connection.limitedByRunnerUp',
      'connection.closedFirst',
      'connection.howEnded',
      'connection.endingUnknownBecause',
    ]);
    const live = fieldsWithValues(ROW_VOCABULARY).map(([name]) => name);
    expect(live.filter((name) => !name.startsWith('connection.'))).toEqual([
      'state',
      'endCause',
      'processUnknown',
      'now.bbrPhase',
      'now.limitedBy',
      'now.limitedByEvidence',
      'now.caState',
      'nat.kind',
    ]);
  });

  it.each<[string, number, string[]]>([
    ['limited:foo', 8, LIMITS],
    ['limited = cwn', 10, ['cwnd', 'rwnd']],
    ['state = ESTAB', 8, ['ESTABLISHED']],
    ['state:listning', 6, ['LISTEN']],
    ['state ~ estb*', 8, ['ESTABLISHED']],
    ['endCause = x', 11, ['event', 'vanished', 'disconnected', 'reconnected', 'shutdown']],
    ['processUnknown != permision', 18, ['permission']],
    ['caState:recovry', 8, ['Recovery']],
    ['bbrPhase in (startup, probe_rt)', 22, ['probe_rtt', 'probe_bw_up']],
    ['howEnded = reseted', 11, ['reset', 'reset_local', 'reset_remote']],
    ['family = 4', 9, ['2', '10']],
    ['dport 443 (closedFirst = loca or rtt > 5ms)', 25, ['local']],
  ])('refuse %s at %d, and offer %j', (text, at, expected) => {
    const error = errorOf(text, ROW_VOCABULARY);
    expect(error.at).toBe(at);
    expect(error.expected).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    'state:estab',
    'state:wait',
    'state ~ fin_wait?',
    'STATE = Established',
    'limited:cwnd,wnd',
    'family:10',
  ])('accept %s, which one of the values fits', (text) => {
    expect(compileExpression(text, ROW_VOCABULARY).tree).toBeDefined();
    const archived = text.replace('now.', '');
    expect(compileExpression(archived, CONNECTION_VOCABULARY).tree).toBeDefined();
  });

  it.each([
    ['kind = destnation', 7, ['destination']],
    ['nat:destinaton', 4, ['destination']],
    ['side != forwarde', 8, ['forwarded']],
    ['state = ESTABLISHD', 8, ['ESTABLISHED']],
    ['state in (SYN_SENT, TIMEWAITS)', 20, ['TIMEWAIT', 'TIME_WAIT']],
    ['family = ip4', 9, ['ipv4']],
  ])('refuse %s of flows at %d, and offer %j', (text, at, expected) => {
    const error = errorOf(text, FLOW_VOCABULARY);
    expect(error.at).toBe(at);
    expect(error.expected).toEqual(expect.arrayContaining(expected));
  });

  it('of flows have every value that a flow can have', () => {
    expect(fieldsWithValues(FLOW_VOCABULARY).map(([name]) => name)).toEqual([
      'flow.family',
      'flow.state',
      'flow.side',
      'nat.kind',
    ]);
  });

  it('take each of their values', () => {
    for (const [name, field] of fieldsWithValues(ROW_VOCABULARY)) {
      for (const value of 'values' in field ? (field.values ?? []) : []) {
        for (const text of [`${name} = ${value}`, `${name}:${value}`, `${name} in (${value})`]) {
          expect(compileExpression(text, ROW_VOCABULARY).tree, text).toBeDefined();
        }
      }
    }
  });

  it.each([
    ['archives', testOf(CONNECTION_VOCABULARY)],
    ['live connections', testOf(ROW_VOCABULARY)],
    ['flows', testOf(FLOW_VOCABULARY)],
  ])('of %s mean a value where a word is one, also if a field has this name', (_, { fields, test }) => {
    expect(fields.length).toBeGreaterThan(0);
    for (const [name, field] of fields) {
      for (const value of field.type === 'text' ? (field.values ?? []) : []) {
        for (const operator of ['=', '!=']) {
          expect(test(`${name} ${operator} ${value}`), name).toEqual(test(`${name} ${operator} "${value}"`));
          expect(test(`${value} ${operator} ${name}`), name).toEqual(test(`${name} ${operator} "${value}"`));
        }
      }
    }
  });

  it('offer their values before any connection has one', () => {
    const offers = completeExpression('limited:', 8, { vocabulary: ROW_VOCABULARY });
    expect(offers.map(({ text }) => text)).toEqual(LIMITS);
  });
});
