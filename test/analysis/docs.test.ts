import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BBR_PHASES, CLOSED_FIRST, HOW_ENDED, LIMITED_BY } from '../../analysis/index.js';

const TEXT = readFileSync(join(import.meta.dirname, '../../docs/analysis.md'), 'utf8');

describe('docs/analysis.md', () => {
  it.each([...LIMITED_BY, ...BBR_PHASES, ...HOW_ENDED, ...CLOSED_FIRST])('says what %s is', (value) => {
    expect(TEXT).toContain(`\`${value}\``);
  });
});
