import type { FieldJson } from '../../live/wire/index.js';

/** Field of rows, as the table of fields or an entry of `/fields` describes it. */
export interface DescribedField {
  /** Part of the row; empty for the row itself. */
  readonly part: string;
  /** Name, without the part. */
  readonly name: string;
  readonly type: FieldJson['type'];
  readonly unit?: string | null;
  readonly description: string;
  readonly aliases?: readonly string[];
  /** All values that it can have, if they are few. */
  readonly values?: readonly (string | number)[] | null;
}

/** Field, with the name by which it was found. */
export interface FoundField {
  readonly field: DescribedField;
  /** Name or alias, without the part, as the table spells it. */
  readonly name: string;
}

/** Returns the name of a field in two parts. */
export function fieldName({ part, name }: Pick<DescribedField, 'part' | 'name'>): string {
  return part === '' ? name : `${part}.${name}`;
}

/** Fields of rows by all their names, with the meaning that names have in expressions. Case does not matter. */
export class RowFields {
  readonly #names = new Map<string, FoundField>();
  /** Aliases, each with the full name of its field. */
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(readonly all: readonly DescribedField[]) {
    const scalars = all.filter(({ type }) => type !== 'object');
    this.#aliases = new Map(
      scalars.flatMap((field) => (field.aliases ?? []).map((alias) => [alias, fieldName(field)])),
    );
    // In this order: an alias never hides a name.
    for (const field of scalars) this.#add(fieldName(field), { field, name: field.name });
    for (const field of scalars) if (!this.isQualified(field)) this.#add(field.name, { field, name: field.name });
    for (const field of scalars) for (const alias of field.aliases ?? []) this.#add(alias, { field, name: alias });
  }

  /** Returns the scalar field of a name, in one part or two, or of an alias. */
  find(name: string): FoundField | undefined {
    return this.#names.get(name.toLowerCase());
  }

  /** Returns whether only the name in two parts means a field, because its short name is an alias of another one. */
  isQualified(field: DescribedField): boolean {
    const owner = this.#aliases.get(field.name);
    return field.part !== '' && owner !== undefined && owner !== fieldName(field);
  }

  #add(name: string, found: FoundField): void {
    const key = name.toLowerCase();
    if (!this.#names.has(key)) this.#names.set(key, found);
  }
}
