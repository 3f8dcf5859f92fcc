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
import { canonical, type JsonNode, positionInString } from './json-tree.js';
import { MemberReader } from './member-readers.js';
import { MEMBERS, readPlainMembers, requiredText, type Source } from './plain-members.js';
import type { Problems } from './problem.js';
import type { AlertRule, ConnectionRule, GroupRule, GroupSubject, HttpRule } from './rule.js';
import { isVolatile } from './volatile.js';

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
    const name = requiredText(this.#members, 'name', this.#node.at, this.#problems);
    const when = requiredText(this.#members, 'when', this.#node.at, this.#problems);
    const common = {
      ...readPlainMembers(this.#members, name, this.#problems),
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
