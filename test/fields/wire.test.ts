import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { fullName } from '../../expression/index.js';
import { isScalar, type RowField } from '../../fields/index.js';
import { ROW_FIELDS, ROW_PARTS, type StoreRow } from '../../live/store/index.js';

const ROOT = join(import.meta.dirname, '../..');

/** Keys whose JSON type is not that of the value in expressions. */
const OTHER_JSON: Readonly<Record<string, string>> = {
  // Its name is the text, the number is what archives have.
  'connection.lastState': 'number',
  // One text in expressions, a list in JSON.
  alerts: 'object',
  'process.seenTime': 'string',
  'cgroup.container': 'object',
  'cgroup.pod': 'object',
};

function jsonType({ type }: RowField<StoreRow>): string {
  if (type === 'text' || type === 'time' || type === 'address') return 'string';
  return type === 'boolean' || type === 'object' ? type : 'number';
}

/** Types of a file, as the compiler sees them. */
class Types {
  readonly #checker: ts.TypeChecker;
  readonly #exports: readonly ts.Symbol[];

  constructor(file: string) {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: unknown };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const program = ts.createProgram([file], { ...options, noEmit: true });
    const source = program.getSourceFile(file);
    this.#checker = program.getTypeChecker();
    const module = source === undefined ? undefined : this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is no module`);
    this.#exports = this.#checker.getExportsOfModule(module);
  }

  /** Returns the keys of a type, each with `string`, `number`, `boolean` or `object`. */
  keys(name: string): Record<string, string> {
    const symbol = this.#exports.find((each) => each.name === name);
    if (symbol === undefined) throw new Error(`no type ${name}`);
    const checker = this.#checker;
    const properties = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
    return Object.fromEntries(
      properties.map((property) => [property.name, this.#kindOf(checker.getTypeOfSymbol(property))]),
    );
  }

  #kindOf(type: ts.Type): string {
    const known = this.#checker.getNonNullableType(type);
    const kinds = new Set((known.isUnion() ? known.types : [known]).map((each) => kindOfFlags(each.flags)));
    const [kind, ...others] = kinds;
    if (kind === undefined || others.length > 0) throw new Error(`several types: ${this.#checker.typeToString(type)}`);
    return kind;
  }
}

function kindOfFlags(flags: ts.TypeFlags): string {
  if ((flags & ts.TypeFlags.StringLike) !== 0) return 'string';
  if ((flags & ts.TypeFlags.NumberLike) !== 0) return 'number';
  return (flags & ts.TypeFlags.BooleanLike) !== 0 ? 'boolean' : 'object';
}

/** Returns the keys of a part of the table in the same form. */
function tableKeys(part: string): Record<string, string> {
  return Object.fromEntries(
    ROW_FIELDS.filter((field) => field.part === part).map((field) => [
      field.name,
      OTHER_JSON[fullName(field)] ?? jsonType(field),
    ]),
  );
}

describe('fields of rows', () => {
  let types: Types;

  beforeAll(() => {
    types = new Types(join(ROOT, 'live/wire/index.ts'));
  }, 120_000);

  it.each([
    ['connection', 'ConnectionJson'],
    ['now', 'NowJson'],
    ['process', 'ProcessJson'],
    ['cgroup', 'CgroupRowJson'],
    ['nat', 'NatJson'],
  ])('of part %s are the keys of %s, with its types', (part, name) => {
    expect(tableKeys(part)).toEqual(types.keys(name));
  });

  it('without a part are the keys of RowJson besides the parts', () => {
    const own = Object.entries(types.keys('RowJson')).filter(([key]) => !ROW_PARTS.some((part) => part === key));
    expect(tableKeys('')).toEqual(Object.fromEntries(own));
  });

  it('have a name once in a part', () => {
    const names = ROW_FIELDS.map(fullName);
    expect(names).toEqual([...new Set(names)]);
  });

  it('have a description each', () => {
    for (const field of ROW_FIELDS) {
      expect(field.description, fullName(field)).toMatch(/^\S.*[^.]$/);
      expect(isScalar(field) || field.json !== undefined, fullName(field)).toBe(true);
    }
  });
});
