import { checkValue } from './check-value.js';
import { ExpressionError } from './error.js';
import type { Expectation } from './expectations.js';
import { type FieldDefinition, fullName } from './field.js';
import { formatItem, formatText, quoted } from './format.js';
import { MAX_COMPLETED_VALUES } from './limits.js';
import type { Operand } from './operand.js';
import { Parser } from './parse.js';
import { commonType } from './quantity.js';
import { COMPARISON_OPERATORS, TERMS, type Value } from './tree.js';
import { UNITS } from './units.js';
import type { Vocabulary } from './vocabulary.js';

/** Text that may stand at a position of an expression. */
export interface Completion {
  readonly kind: 'field' | 'operator' | 'keyword' | 'unit' | 'flag' | 'value';
  readonly text: string;
  /** Explanation of a field or a flag; empty for others. */
  readonly description: string;
  /** Range of the expression that the text replaces. */
  readonly from: number;
  readonly to: number;
}

/** Options of {@link completeExpression}. */
export interface CompletionOptions<Row> {
  readonly vocabulary: Vocabulary<Row>;
  /** Returns the values of a text or an address, the most frequent first. */
  values?(field: FieldDefinition<Row>): Iterable<string>;
}

/**
 * Returns texts that may stand at a position, the best first. The part before the position is what is completed; an
 * error in it ends completion there.
 */
export function completeExpression<Row>(text: string, at: number, options: CompletionOptions<Row>): Completion[] {
  const before = text.slice(0, Math.max(0, at));
  const offers = expectationsOf(before).flatMap(({ at: from, expectation }) => {
    const word = before.slice(from);
    // Right behind a word only a symbol makes sense.
    const isGlued = word === '' && /[\p{L}\p{N}_"')%]$/u.test(before);
    if (isGlued && expectation.kind !== 'operator') return [];
    const offered = new Offers(word, options).offer(expectation);
    return offered
      .filter(({ kind }) => !isGlued || kind === 'operator')
      .map((offer) => ({ ...offer, from: from + offer.skipped, to: endOf(text, before.length, word) }));
  });
  const unique = new Map(offers.map((offer) => [`${offer.from} ${offer.text}`, offer]));
  return [...unique.values()]
    .filter(({ text: offered, from }) => offered !== before.slice(from))
    .map(({ kind, text: offered, description, from, to }) => ({ kind, text: offered, description, from, to }));
}

function expectationsOf(before: string): readonly { readonly at: number; readonly expectation: Expectation }[] {
  try {
    const parser = new Parser(before);
    try {
      parser.parse();
    } catch (error) {
      // The text is not finished yet: what was expected at its end is what counts.
      if (!(error instanceof ExpressionError)) throw error;
    }
    return parser.expectations.since(parser.unfinishedAt);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** Returns the end of the range to replace: a word goes on after the position. */
function endOf(text: string, at: number, word: string): number {
  const quote = /^["']/.exec(word)?.[0];
  if (quote !== undefined) return text[at] === quote ? at + 1 : at;
  return word === '' ? at : at + (/^[\p{L}\p{N}_.]*/u.exec(text.slice(at))?.[0].length ?? 0);
}

interface Offer extends Pick<Completion, 'kind' | 'text' | 'description'> {
  /** Letters of the word that stay, such as the digits before a unit. */
  readonly skipped: number;
}

const NUMBER_BEFORE_UNIT = /^(\d+(?:\.\d+)?)([a-z]*(?:\/s?)?|%)$/i;
const ARITHMETIC = ['+', '-', '*', '/'] as const;

/** Offers for one word. */
class Offers<Row> {
  readonly #vocabulary: Vocabulary<Row>;
  /** The word in lower case and without its opening quote. */
  readonly #wanted: string;

  constructor(
    readonly word: string,
    readonly options: CompletionOptions<Row>,
  ) {
    this.#vocabulary = options.vocabulary;
    this.#wanted = word.replace(/^["']/, '').toLowerCase();
  }

  offer(expectation: Expectation): Offer[] {
    switch (expectation.kind) {
      case 'condition':
        return [...this.#fields(null), ...this.#words(this.#starts()), ...this.#flags('is:')];
      case 'value':
        return this.#values(this.#operand(expectation.subject), expectation.takesNull);
      case 'operator':
        return this.#operators(this.#operand(expectation.subject));
      case 'arithmetic':
        return this.#operand(expectation.subject)?.form === 'numeric' ? this.#symbols(ARITHMETIC) : [];
      case 'pattern':
        return this.#texts(this.#vocabulary.field(expectation.field.text)?.field, formatItem);
      case 'item':
      case 'literal': {
        const operand = this.#operand(expectation.field);
        if (operand?.form === 'numeric') return this.#units(operand);
        const format = expectation.kind === 'item' ? formatItem : formatText;
        return operand?.form === 'field' ? this.#texts(operand.field, format) : [];
      }
      case 'flag':
        return this.#flags('');
      case 'connective':
        return this.#words(['and', 'or']);
      default:
        return [];
    }
  }

  /** Words that may begin a condition. */
  #starts(): string[] {
    const terms = Object.entries(TERMS).filter(([, { fields }]) =>
      fields.every((name) => this.#vocabulary.field(name) !== undefined),
    );
    return ['not', ...terms.map(([term]) => term)];
  }

  #values(subject: Operand<Row> | undefined, takesNull: boolean): Offer[] {
    const nulls = takesNull ? this.#words(['null']) : [];
    if (subject?.form === 'field') {
      const { field } = subject;
      const format = (value: string) =>
        this.#vocabulary.field(value)?.field.type === field.type ? quoted(value) : formatText(value);
      return [...this.#texts(field, format), ...(field.type === 'address' ? this.#fields(subject) : []), ...nulls];
    }
    return [...this.#units(subject), ...this.#fields(subject ?? null), ...nulls];
  }

  #operators(subject: Operand<Row> | undefined): Offer[] {
    if (subject === undefined || subject.form === 'raw' || subject.form === 'null') return [];
    const isNumber = subject.form === 'numeric';
    const hasText = subject.form === 'field' && subject.field.type !== 'boolean';
    const symbols = isNumber ? [...COMPARISON_OPERATORS, ...ARITHMETIC] : ['=', '!=', ...(hasText ? ['~', '!~'] : [])];
    const isField = !isNumber || subject.value.kind === 'reading';
    const words = isField ? this.#words(['in', 'not in']) : [];
    return [...this.#symbols(symbols), ...words];
  }

  /** Fields that can be compared with the subject, by the name that fits the word best. */
  #fields(subject: Operand<Row> | null): Offer[] {
    const ranked = this.#vocabulary.fields.flatMap((field) => {
      const names = [field.name, ...(field.aliases ?? []), fullName(field)].filter(
        (name) => this.#vocabulary.field(name)?.field === field,
      );
      const lower = names.map((name) => name.toLowerCase());
      const [starting, containing] = [
        lower.findIndex((name) => name.startsWith(this.#wanted)),
        lower.findIndex(
          (name) => this.#wanted.length > 1 && name.slice(name.lastIndexOf('.') + 1).includes(this.#wanted),
        ),
      ];
      const text = names[starting >= 0 ? starting : containing];
      if (text === undefined || !this.#isComparable(text, subject)) return [];
      const unit = field.unit === undefined ? '' : `, ${field.unit}`;
      const offer: Offer = { kind: 'field', text, description: `${field.description}${unit}`, skipped: 0 };
      return [{ rank: starting >= 0 ? 0 : 1, offer }];
    });
    return ranked.toSorted((a, b) => a.rank - b.rank).map(({ offer }) => offer);
  }

  #isComparable(name: string, subject: Operand<Row> | null): boolean {
    if (subject === null) return true;
    const other = this.#operand({ kind: 'word', text: name, at: 0 });
    if (subject.form === 'numeric')
      return other?.form === 'numeric' && commonType(subject.type, other.type) !== undefined;
    return subject.form === 'field' && other?.form === 'field' && other.field.type === subject.field.type;
  }

  /** Units for a number that the word is, or begins with. */
  #units(subject: Operand<Row> | undefined): Offer[] {
    const [, digits, letters = ''] = NUMBER_BEFORE_UNIT.exec(this.word) ?? [];
    if (digits === undefined) return [];
    const dimension = subject?.form === 'numeric' ? subject.type : undefined;
    return UNITS.filter(
      (unit) =>
        unit.name.toLowerCase().startsWith(letters.toLowerCase()) &&
        (dimension === undefined || commonType(dimension, unit.dimension) !== undefined),
    ).map(({ name }) => ({ ...plain('unit', name), skipped: digits.length }));
  }

  /** Values of a text that contain the word: the most frequent ones, then the others that it can have. */
  #texts(field: FieldDefinition<Row> | undefined, format: (value: string) => string): Offer[] {
    if (field?.type === 'boolean') return this.#matching(['true', 'false']).map((text) => plain('value', text));
    if (field?.type !== 'text' && field?.type !== 'address') return [];
    const offers: Offer[] = [];
    const possible = field.type === 'text' ? field.values : undefined;
    const frequent = [...(this.options.values?.(field) ?? [])];
    const known = possible === undefined ? frequent : frequent.filter((value) => possible.includes(value));
    for (const value of new Set([...known, ...(possible ?? [])])) {
      if (value.toLowerCase().includes(this.#wanted)) offers.push(plain('value', format(value)));
      if (offers.length === MAX_COMPLETED_VALUES) break;
    }
    return offers;
  }

  #flags(start: string): Offer[] {
    const isWanted = (text: string) => text.toLowerCase().startsWith(this.#wanted);
    return this.#vocabulary.flags
      .filter(({ name }) => isWanted(name) || isWanted(`${start}${name}`))
      .map(({ name, description }) => ({ kind: 'flag', text: `${start}${name}`, description, skipped: 0 }));
  }

  #symbols(symbols: readonly string[]): Offer[] {
    return this.#matching(symbols).map((text) => plain('operator', text));
  }

  #words(words: readonly string[]): Offer[] {
    return this.#matching(words).map((text) => plain('keyword', text));
  }

  #matching(texts: readonly string[]): string[] {
    return texts.filter((text) => text.startsWith(this.#wanted));
  }

  /** Looks up a value; undefined for none, or one that is wrong: then its type is unknown. */
  #operand(value: Value | null): Operand<Row> | undefined {
    if (value === null) return undefined;
    try {
      return checkValue(value, this.#vocabulary);
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }
}

function plain(kind: Completion['kind'], text: string): Offer {
  return { kind, text, description: '', skipped: 0 };
}
