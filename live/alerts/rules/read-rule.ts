import {
  type CompiledExpression,
  compileExpression,
  compileGroupExpression,
  ExpressionError,
  type GroupExpression,
  type Measure,
  measureOf,
  usedFields,
  type Vocabulary,
} from '../../../expression/index.js';
import type { HttpRates } from '../../answers/index.js';
import { type GroupField, parseGroupFields, RequestError } from '../../answers/index.js';
import { isOwner, ROW_VOCABULARY, type StoreRow } from '../../store/index.js';
import { HTTP_VOCABULARY, httpFields } from './http-subject.js';
import { type JsonNode, positionInString } from './json-tree.js';
import { type DurationRange, MemberReader } from './member-readers.js';
import type { Problems } from './problem.js';
import {
  type AlertRule,
  CHANNELS,
  type ChannelName,
  type ConnectionRule,
  type GroupRule,
  type GroupSubject,
  type HttpRule,
  type RecordSpan,
  SEVERITIES,
} from './rule.js';
import { isVolatile } from './volatile.js';

/** Members of a rule. */
const MEMBERS = [
  'name',
  'description',
  'when',
  'for',
  'clear',
  'clearFor',
  'filter',
  'by',
  'severity',
  'record',
  'watch',
  'to',
];

const SECOND_US = 1e6;
const DAY: DurationRange['max'] = { us: 86_400 * SECOND_US, text: '1d' };
const NONE: DurationRange['min'] = { us: 0, text: '0s' };
const HOLD: DurationRange = { min: NONE, max: DAY, example: '5s' };
const RECORD: DurationRange = { min: NONE, max: { us: 3600 * SECOND_US, text: '1h' }, example: '30s' };
const WATCH: DurationRange = { min: { us: 1000, text: '1ms' }, max: { us: SECOND_US, text: '1s' }, example: '2ms' };
/** Time that an alert must be clear, unless its rule says another one. */
const CLEAR_FOR_US = 10 * SECOND_US;
const US_PER_MS = 1000;

/** Names become labels, and parts of paths. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const MAX_DESCRIPTION = 1000;

/** Texts of expressions as they are in the file. */
interface Source {
  readonly text: string;
  readonly at: number;
}

/** Reads a rule; undefined if it has a mistake that leaves nothing to use, which is noted. */
export function readRule(node: JsonNode, file: string, problems: Problems): AlertRule | undefined {
  if (node.kind !== 'object') {
    problems.add(node.at, 'expected a rule: an object with "name" and "when"');
    return undefined;
  }
  const members = new MemberReader(node.members, MEMBERS, problems);
  const reader = new RuleReader(members, node, file, problems);
  return reader.read();
}

class RuleReader {
  readonly #members: MemberReader;
  readonly #node: JsonNode;
  readonly #file: string;
  readonly #problems: Problems;

  constructor(members: MemberReader, node: JsonNode, file: string, problems: Problems) {
    this.#members = members;
    this.#node = node;
    this.#file = file;
    this.#problems = problems;
  }

  read(): AlertRule | undefined {
    const members = this.#members;
    const name = this.#name();
    const when = this.#required('when');
    const forUs = members.durationUs('for', HOLD) ?? 0;
    const clearForUs = members.durationUs('clearFor', HOLD) ?? CLEAR_FOR_US;
    const severity = members.word('severity', SEVERITIES) ?? 'warning';
    const watchUs = members.durationUs('watch', WATCH);
    const common = {
      ...{ name: name ?? '', severity, forUs, clearForUs },
      description: this.#description(),
      to: this.#channels(),
      record: this.#record(),
      watchMs: watchUs === undefined ? undefined : watchUs / US_PER_MS,
      whenText: when?.text ?? '',
      source: canonical(this.#node),
    };
    const rule = when === undefined ? undefined : this.#compile(when, common);
    return name === undefined ? undefined : rule;
  }

  #compile(when: Source, common: Common): AlertRule | undefined {
    const by = this.#members.text('by');
    const [clear, filter] = [this.#members.text('clear'), this.#members.text('filter')];
    const http = by === undefined ? undefined : /^http\.(host|section)$/i.exec(by.text)?.[1];
    if (http !== undefined)
      return this.#httpRule(http === 'host' ? 'host' : 'section', { when, clear, filter }, common);
    if (by !== undefined) return this.#groupRule(by, { when, clear, filter }, common);
    return this.#connectionRule({ when, clear, filter }, common);
  }

  #connectionRule({ when, clear, filter }: Texts, common: Common): ConnectionRule | undefined {
    const compiled = this.#on(when, ROW_VOCABULARY);
    const clears = clear === undefined ? null : this.#on(clear, ROW_VOCABULARY);
    const chosen = filter === undefined ? null : this.#on(filter, ROW_VOCABULARY);
    if (compiled === undefined || clears === undefined || chosen === undefined) return undefined;
    const tests = [compiled, clears, chosen].flatMap((each) => (each === null ? [] : [...usedFields(each.test)]));
    return {
      ...{ kind: 'connection', ...common, ...measured(measureOf(compiled)) },
      filter: chosen,
      when: compiled,
      clear: clears,
      isVolatile: tests.some(isVolatile),
      usesOwners: tests.some(isOwner),
    };
  }

  #groupRule(by: Source, { when, clear, filter }: Texts, common: Common): GroupRule | undefined {
    const fields = by.text === 'all' ? null : this.#groupFields(by);
    const compiled = this.#onGroups(when, fields === null);
    const clears = clear === undefined ? null : this.#onGroups(clear, fields === null);
    const chosen = filter === undefined ? null : this.#on(filter, ROW_VOCABULARY);
    if (fields === undefined || compiled === undefined || clears === undefined || chosen === undefined)
      return undefined;
    const used = [compiled, clears].flatMap((each) => (each === null ? [] : [...usedFields(each.test)]));
    const read = [
      ...[compiled, clears].flatMap((each) => (each === null ? [] : [...each.rowFields])),
      ...(chosen === null ? [] : usedFields(chosen.test)),
      ...(fields ?? []).flatMap(({ text }) => ROW_VOCABULARY.field(text)?.field ?? []),
    ];
    return {
      ...{ kind: 'group', ...common, ...measured(measureOf(compiled)) },
      by: fields,
      filter: chosen,
      filterText: filter?.text ?? null,
      when: compiled,
      clear: clears,
      usesOwners: read.some(isOwner),
      usesHttp: used.some((field) => 'part' in field && field.part === 'http'),
    };
  }

  #httpRule(by: HttpRule['by'], { when, clear, filter }: Texts, common: Common): HttpRule | undefined {
    const compiled = this.#on(when, HTTP_VOCABULARY);
    const clears = clear === undefined ? null : this.#on(clear, HTTP_VOCABULARY);
    const chosen = filter === undefined ? null : this.#on(filter, HTTP_VOCABULARY);
    for (const name of ['record', 'watch']) {
      const node = this.#members.node(name);
      if (node !== undefined) this.#problems.add(node.at, `${name}: a rule by http.${by} has no connections`);
    }
    if (compiled === undefined || clears === undefined || chosen === undefined) return undefined;
    return {
      ...{ kind: 'http', ...common, ...measured(measureOf(compiled)), by, usesOwners: false },
      filter: chosen,
      when: compiled,
      clear: clears,
    };
  }

  #groupFields({ text, at }: Source): GroupField[] | undefined {
    try {
      return parseGroupFields(text, ROW_VOCABULARY);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problems.add(
        at,
        `${error.message}; "all" is the machine, http.host and http.section are those of requests`,
      );
      return undefined;
    }
  }

  #on<Row>(source: Source, vocabulary: Vocabulary<Row>): CompiledExpression<Row> | undefined {
    return this.#expression(source, () => compileExpression(source.text, vocabulary));
  }

  #onGroups(source: Source, isAll: boolean): GroupExpression<StoreRow, GroupSubject> | undefined {
    const fields = isAll ? httpFields<GroupSubject>(({ http }): HttpRates | null => http) : [];
    return this.#expression(source, () => compileGroupExpression(source.text, ROW_VOCABULARY, { fields }));
  }

  #expression<T extends CompiledExpression<never>>({ text, at }: Source, compile: () => T): T | undefined {
    if (text.trim() === '') {
      this.#problems.add(at, 'expected an expression');
      return undefined;
    }
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      // The message begins with the position in the expression; the problem has the one in the file.
      const reason = error.message.replace(/^at \d+: /, '');
      this.#problems.add(positionInString(this.#file, at, error.at), reason);
      return undefined;
    }
  }

  #required(name: string): Source | undefined {
    if (this.#members.node(name) === undefined) this.#problems.add(this.#node.at, `the rule has no "${name}"`);
    return this.#members.text(name);
  }

  #name(): string | undefined {
    const given = this.#required('name');
    if (given === undefined || NAME.test(given.text)) return given?.text;
    this.#problems.add(
      given.at,
      'name: expected 1 to 64 letters, digits, blanks, and . _ -, the first a letter or digit',
    );
    return undefined;
  }

  #description(): string | null {
    const given = this.#members.text('description');
    if (given !== undefined && given.text.length > MAX_DESCRIPTION) {
      this.#problems.add(given.at, `description: at most ${MAX_DESCRIPTION} characters`);
    }
    return given?.text ?? null;
  }

  #channels(): readonly ChannelName[] | undefined {
    const node = this.#members.node('to');
    if (node === undefined) return undefined;
    const channels = node.kind === 'array' ? node.items.map((item) => this.#channel(item)) : [];
    if (channels.length === 0) this.#problems.add(node.at, `to: expected a list of ${CHANNELS.join(', ')}`);
    return [...new Set(channels.filter((each) => each !== undefined))];
  }

  #channel(node: JsonNode): ChannelName | undefined {
    const found = CHANNELS.find((each) => node.kind === 'string' && each === node.value);
    if (found === undefined) this.#problems.add(node.at, `to: expected ${CHANNELS.join(', ')}`);
    return found;
  }

  #record(): RecordSpan | undefined {
    const node = this.#members.node('record');
    if (node === undefined) return undefined;
    if (node.kind !== 'object') {
      this.#problems.add(node.at, 'record: expected an object such as {"before":"30s","after":"10s"}');
      return undefined;
    }
    const span = new MemberReader(node.members, ['before', 'after'], this.#problems);
    const [beforeUs, afterUs] = [span.durationUs('before', RECORD), span.durationUs('after', RECORD)];
    return { beforeMs: (beforeUs ?? 60 * SECOND_US) / US_PER_MS, afterMs: (afterUs ?? 10 * SECOND_US) / US_PER_MS };
  }
}

interface Texts {
  readonly when: Source;
  readonly clear: Source | undefined;
  readonly filter: Source | undefined;
}

type Common = Omit<
  ConnectionRule,
  'kind' | 'filter' | 'when' | 'clear' | 'read' | 'isVolatile' | 'usesOwners' | keyof Measured<never>
>;

/** Members of a rule that follow from the number it is about. */
interface Measured<Row> {
  readonly valueText: string | null;
  readonly unit: string;
  readonly isMoreWorse: boolean | null;
  readonly read: Measure<Row>['read'] | undefined;
}

function measured<Row>(measure: Measure<Row> | undefined): Measured<Row> {
  return {
    valueText: measure?.text ?? null,
    unit: measure?.unit ?? '',
    isMoreWorse: measure?.isMoreWorse ?? null,
    read: measure?.read,
  };
}

/** Returns a JSON value as text, with the members of objects in one order. */
function canonical(node: JsonNode): string {
  if (node.kind === 'array') return `[${node.items.map(canonical).join(',')}]`;
  if (node.kind !== 'object') return JSON.stringify(node.value);
  const members = node.members.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`;
}
