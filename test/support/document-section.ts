import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Returns the text between two marks of a document. */
export function sectionOf(document: string, mark: string): string {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const open = `<!-- ${mark} -->\n`;
  const start = text.indexOf(open);
  const end = text.indexOf(`<!-- /${mark} -->`);
  expect(start, `${document} has the mark ${mark}`).toBeGreaterThan(-1);
  expect(end, `${document} has the end of the mark ${mark}`).toBeGreaterThan(start);
  return text.slice(start + open.length, end);
}

/** Compares the text between two marks of a document with the generated one; writes it with UPDATE_GOLDEN=1. */
export function expectSection(document: string, mark: string, content: string): void {
  const current = sectionOf(document, mark);
  if (process.env['UPDATE_GOLDEN'] !== '1') {
    expect(current, `${document} is out of date: UPDATE_GOLDEN=1 npx vitest run --project unit test`).toBe(content);
    return;
  }
  const path = join(ROOT, document);
  const [before, after] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(`${before}${current}${after}`, () => `${before}${content}${after}`),
  );
}

/** Returns a table of Markdown. Cells are written as they are, except for pipes. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n');
}

/** Returns the cells of a table of Markdown, without its head. */
export function tableCells(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) =>
    line
      .slice(2, -2)
      .split(/(?<!\\) \| /)
      .map((cell) => cell.replaceAll('\\|', '|')),
  );
}
