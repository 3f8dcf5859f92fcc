import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BBR_PHASES, CLOSED_FIRST, HOW_ENDED, LIMITED_BY } from '../../analysis/index.js';

const TEXT = readFileSync(join(import.meta.dirname, '../../docs/analysis.md'), 'utf8');

describe('docs/analysis.md', () => {
  it.each([...LIMITED_BY, ...BBR_PHASES, ...HOW_ENDED, ...CLOSED_FIRST])('explains the value %s', (value) => {
    expect(TEXT).toContain(`\`${value}\``);
  });
});

describe('docs/slow.md', () => {
  const slow = readFileSync(join(import.meta.dirname, '../../docs/slow.md'), 'utf8');

  it.each(LIMITED_BY)('has a section for %s, linked from the table of symptoms', (cause) => {
    expect(slow).toMatch(new RegExp(`^### .*: \`${cause}\`$`, 'm'));
    expect(slow).toMatch(new RegExp(`\\[\`${cause}\`\\]\\(#[a-z-]+-${cause}\\)`));
    expect(slow).toMatch(new RegExp(`^\\| [^[]*\`${cause}\`.* \\|$`, 'm'));
  });

  it.each(HOW_ENDED)('has a row for %s', (how) => {
    expect(slow).toMatch(new RegExp(`^\\| \`${how}\` \\| \\S.* \\| \\S.* \\|$`, 'm'));
  });

  it('explains each term once, in order', () => {
    const words = [...slow.slice(slow.indexOf('## Words')).matchAll(/^\| (\S.*?) \| (?!meaning)\S/gm)].map(
      ([, word = '']) => word,
    );
    expect(words.length).toBeGreaterThan(30);
    const plain = words.map((word) => word.toLowerCase().replaceAll('_', ' '));
    expect(plain).toEqual(plain.toSorted((a, b) => a.localeCompare(b, 'en')));
    for (const word of ['pacing', 'idle', 'peer', 'cwnd', 'rwnd', 'sndbuf', 'MSS', 'BBR', 'cubic', 'RST', 'FIN'])
      expect(words).toContain(word);
  });
});
