import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../live/api/live-server.js';
import { openApiDocument } from '../../../live/api/openapi/document.js';
import { BASE } from '../../../live/api/router.js';
import { generateWireSchemas, wireSchemasSource } from '../../support/wire-schemas.js';

const SOURCE = join(import.meta.dirname, '../../../live/api/openapi/wire-schemas.ts');

describe('the OpenAPI document', () => {
  it('has the schemas of the types that are sent', { timeout: 120_000 }, () => {
    const source = wireSchemasSource(generateWireSchemas());
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(SOURCE, source);
    const command = 'UPDATE_GOLDEN=1 npx vitest run --project unit test/live/api/openapi.test.ts';
    expect(readFileSync(SOURCE, 'utf8'), `out of date: ${command}`).toBe(source);
  });

  it('refers only to schemas that it has', () => {
    const document = openApiDocument(ROUTES, BASE, '1.2.3') as {
      readonly components: { readonly schemas: Readonly<Record<string, object>> };
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
    };
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    for (const [, name = ''] of references) expect(document.components.schemas[name], name).toBeDefined();
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((each) => each.operationId));
    expect(new Set(ids).size).toBe(ROUTES.length);
    expect(ids).toContain('getConnectionPictureSvg');
    expect(ids).toContain('postServiceReject');
  });
});
