import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../live/api/live-server.js';
import { openApiDocument } from '../../../live/api/openapi/document.js';
import { BASE } from '../../../live/api/router.js';
import { type ApiDocument, ApiValidator } from '../../support/openapi-validator.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
const validator = new ApiValidator(openApiDocument(ROUTES, BASE, 'test') as ApiDocument);

describe('docs/api.md', () => {
  it('has examples that fit the schemas', () => {
    const blocks = [...PAGE.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json) as unknown);
    expect(blocks).toHaveLength(5);
    expect(validator.errors('ViewJson', blocks[0])).toEqual([]);
    expect(validator.errors('FlowsJson', blocks[1])).toEqual([]);
    expect(validator.errors('HttpJson', blocks[2])).toEqual([]);
    expect(validator.errors('NetworkJson', blocks[3])).toEqual([]);
    expect(validator.errors('ProblemJson', blocks[4])).toEqual([]);
    const messages = [...PAGE.matchAll(/^event: (view|delta)\ndata: (.*)$/gm)];
    expect(messages.map(([, event]) => event)).toEqual(['view', 'delta']);
    for (const [, event, data = ''] of messages) {
      const schema = event === 'view' ? 'ViewEventJson' : 'DeltaEventJson';
      expect(validator.errors(schema, JSON.parse(data)), schema).toEqual([]);
    }
  });

  it('has every route and every code', () => {
    for (const { path } of ROUTES) expect(PAGE).toMatch(new RegExp(`\`${path.replace(/[{}.]/g, '\\$&')}[\`?]`));
    const codes = readFileSync(join(import.meta.dirname, '../../../live/api/problem.ts'), 'utf8').matchAll(
      /'(ERR_\w+)'/g,
    );
    const names = [...new Set([...codes].map(([, code = '']) => code))];
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((code) => !PAGE.includes(`\`${code}\``))).toEqual([]);
  });
});
