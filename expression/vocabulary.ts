import type { Numeric } from './checked.js';
import {
  type AddressField,
  type FieldDefinition,
  type FlagDefinition,
  fullName,
  type NumericField,
  type TextField,
} from './field.js';
import { near } from './near.js';
import type { NumericType } from './quantity.js';
import type { Aggregate } from './tree.js';
import { type Dimension, findUnit } from './units.js';

/** Tables that make an expression's names known. */
export interface VocabularyOptions<Row> {
  /** Fields. A name that several of them have means the first one; the others have their name in two parts. */
  readonly fields: readonly FieldDefinition<Row>[];
  readonly flags?: readonly FlagDefinition<Row>[];
  /** Names of the texts and addresses in which a bare word is searched. */
  readonly searchedTexts?: readonly string[];
  /** Names of the numbers that a bare number is compared with. */
  readonly searchedNumbers?: readonly string[];
  /** Returns the value of an aggregate; absent for rows, which have none. */
  readonly aggregate?: (node: Aggregate) => AggregateValue<Row>;
}

/** Value of an aggregate, as an expression on a group uses it. */
export interface AggregateValue<Row> {
  readonly type: NumericType;
  readonly value: Numeric<Row>;
  /** Factor of the unit that the name of its argument says; null without one. */
  readonly namedFactor: number | null;
}

/** Field as an expression names it. */
export interface NamedField<Row> {
  readonly field: FieldDefinition<Row>;
  /** Name or alias, without the part, as the table spells it. */
  readonly name: string;
}

/** Names that expressions may use: fields by name, `part.name` and alias, and flags. Case does not matter. */
export class Vocabulary<Row> {
  readonly fields: readonly FieldDefinition<Row>[];
  readonly flags: readonly FlagDefinition<Row>[];
  /** Fields in which bare words are searched. */
  readonly searchedTexts: readonly (TextField<Row> | AddressField<Row>)[];
  /** Fields that bare numbers are compared with. */
  readonly searchedNumbers: readonly NumericField<Row>[];
  readonly aggregate: VocabularyOptions<Row>['aggregate'];
  readonly #fields = new Map<string, NamedField<Row>>();
  readonly #flags = new Map<string, FlagDefinition<Row>>();

  /** @throws RangeError for a unit that does not fit its field, or a searched field that does not exist */
  constructor(options: VocabularyOptions<Row>) {
    const { fields, flags = [], searchedTexts = [], searchedNumbers = [] } = options;
    this.aggregate = options.aggregate;
    this.fields = fields;
    this.flags = flags;
    for (const field of fields) checkUnit(field);
    // Names first: an alias never hides a name.
    for (const field of fields) this.#add(fullName(field), { field, name: field.name });
    for (const field of fields) {
      if (field.isQualified !== true) this.#add(field.name, { field, name: field.name });
    }
    for (const field of fields) {
      for (const alias of field.aliases ?? []) this.#add(alias, { field, name: alias });
    }
    for (const flag of flags) this.#flags.set(flag.name.toLowerCase(), flag);
    this.searchedTexts = searchedTexts.map((name) => {
      const field = this.field(name)?.field;
      if (field?.type === 'text' || field?.type === 'address') return field;
      throw new RangeError(`field ${name} is no text to search in`);
    });
    this.searchedNumbers = searchedNumbers.map((name) => {
      const field = this.field(name)?.field;
      if (field?.type === 'count' || field?.type === 'number' || field?.type === 'port') return field;
      throw new RangeError(`field ${name} is no number to search for`);
    });
  }

  /** Returns the field of a name, in one part or two. */
  field(name: string): NamedField<Row> | undefined {
    return this.#fields.get(name.toLowerCase());
  }

  flag(name: string): FlagDefinition<Row> | undefined {
    return this.#flags.get(name.toLowerCase());
  }

  /** Returns names of fields that a word may have meant, best first, one for each field. */
  nearFields(word: string): string[] {
    const namesOf = (field: FieldDefinition<Row>): string[] =>
      word.includes('.') || field.isQualified === true ? [fullName(field)] : [field.name, ...(field.aliases ?? [])];
    return near(word, this.fields.map(namesOf));
  }

  /** Returns names of flags that a word may have meant, best first. */
  nearFlags(word: string): string[] {
    return near(
      word,
      this.flags.map(({ name }) => [name]),
    );
  }

  #add(name: string, named: NamedField<Row>): void {
    const key = name.toLowerCase();
    if (!this.#fields.has(key)) this.#fields.set(key, named);
  }
}

const DIMENSIONS: Readonly<Partial<Record<FieldDefinition<never>['type'], Dimension>>> = {
  duration: 'duration',
  time: 'duration',
  bytes: 'bytes',
  rate: 'rate',
  ratio: 'ratio',
};

function checkUnit<Row>(field: FieldDefinition<Row>): void {
  const dimension = DIMENSIONS[field.type];
  if (dimension === undefined || field.unit === undefined) return;
  if (findUnit(field.unit)?.dimension !== dimension) {
    throw new RangeError(`field ${fullName(field)}: ${field.unit} is no unit of a ${field.type}`);
  }
}
