import type { FieldJson, FieldsJson } from '../../live/wire/index.js';

/** Fields of connections, as `/fields` lists them. */
export class FieldTable {
  readonly all: readonly FieldJson[];
  readonly flags: FieldsJson['flags'];
  readonly #byName = new Map<string, FieldJson>();

  constructor({ fields, flags }: FieldsJson) {
    this.all = fields;
    this.flags = flags;
    for (const field of fields) this.#byName.set(fieldName(field), field);
    // A short name in two parts means that of the last second, which comes first in the table.
    for (const field of fields) {
      for (const name of [field.name, ...field.aliases]) if (!this.#byName.has(name)) this.#byName.set(name, field);
    }
  }

  /** Returns a field by its name with its part, `now.rttUs`, by its name alone, or by a short name. */
  get(name: string): FieldJson | undefined {
    return this.#byName.get(name);
  }
}

/** Returns the whole name of a field: `now.rttUs`, and `uuid` for one of the row itself. */
export function fieldName({ part, name }: Pick<FieldJson, 'part' | 'name'>): string {
  return part === '' ? name : `${part}.${name}`;
}
