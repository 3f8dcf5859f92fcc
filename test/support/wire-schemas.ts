import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const ROOT = join(import.meta.dirname, '..', '..');
const REFERENCE = '#/components/schemas/';

/** JSON schemas by name. */
export type Schemas = Readonly<Record<string, object>>;

/** Generates the schemas of all types that are sent, `…Json` in `live/wire/`, with references as in OpenAPI. */
export function generateWireSchemas(): Schemas {
  const generator = createGenerator({
    path: join(ROOT, 'live/wire/*.ts'),
    tsconfig: join(ROOT, 'tsconfig.json'),
    type: '*',
    expose: 'export',
    jsDoc: 'basic',
    topRef: true,
    skipTypeCheck: true,
    additionalProperties: false,
    encodeRefs: false,
  });
  const { definitions = {} } = generator.createSchema('*');
  const text = JSON.stringify(definitions)
    .replaceAll('#/definitions/', REFERENCE)
    .replace(/\{@link ([\w.]+)\}/g, '$1');
  return referenced(JSON.parse(text) as Schemas);
}

/** Returns the schemas of sent types and those that they refer to, sorted by name. */
function referenced(all: Schemas): Schemas {
  const wanted = new Set(Object.keys(all).filter((name) => name.endsWith('Json')));
  for (const name of wanted) {
    const text = JSON.stringify(all[name]);
    for (const [, other = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) wanted.add(other);
  }
  return Object.fromEntries([...wanted].sort().map((name) => [name, all[name] ?? {}]));
}

/** Formats schemas as the source of `live/api/openapi/wire-schemas.ts`. */
export function wireSchemasSource(schemas: Schemas): string {
  const lines = Object.entries(schemas).map(
    ([name, schema]) => `  ${JSON.stringify(name)}: ${JSON.stringify(schema)},`,
  );
  return [
    '/**',
    ' * JSON schemas of the types in live/wire/, by name. Generated:',
    ' * `UPDATE_GOLDEN=1 npx vitest run --project unit test/live/api/openapi.test.ts`',
    ' */',
    'export const WIRE_SCHEMAS: Readonly<Record<string, object>> = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}
