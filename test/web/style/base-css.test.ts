import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COLOURS, darkRules, paint } from '../../../view/chart/index.js';

const css = readFileSync(new URL('../../../web/style/base.css', import.meta.url), 'utf8');
const NAMES = [...Object.keys(COLOURS), 'ground', 'ink', 'faint', 'grid'] as Parameters<typeof paint>[0][];

/** Custom properties of the rule with a selector. */
function properties(selector: string): Readonly<Record<string, string>> {
  const start = css.indexOf(`${selector} {`);
  expect(start, selector).toBeGreaterThanOrEqual(0);
  const body = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

const light = properties(':root');
const dark = properties(':root[data-theme="dark"]');

/** Contrast of two colours, as WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [bright = 0, dim = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

it.each(NAMES)('has the colour %s of the charts in both themes', (name) => {
  expect(light[name]).toBe(paint(name, 'fill')['fill']);
  expect(darkRules()).toContain(`.f-${name}{fill:${dark[name]}}`);
});

it('defines the same colours in both themes', () => {
  expect(Object.keys(dark)).toEqual(Object.keys(light));
});

/** Texts on grounds. */
const TEXTS = [
  ['ink', ['ground', 'raised', 'hover', 'selected', 'notice-ground']],
  ['faint', ['ground', 'raised', 'hover']],
  ['warning', ['ground', 'warning-ground', 'raised']],
  ['blue', ['ground']],
] as const;

it.each(
  TEXTS.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)),
)('can be read: %s on %s', (text, ground) => {
  for (const theme of [light, dark])
    expect(contrast(theme[text] ?? '', theme[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
});

it.each(['border', ...Object.keys(COLOURS)])('can be told from the ground: %s', (name) => {
  // Amber on white is below this: charts repeat the meaning of each colour by a dash or a place.
  if (name === 'amber') return;
  for (const theme of [light, dark])
    expect(contrast(theme[name] ?? '', theme['ground'] ?? '')).toBeGreaterThanOrEqual(3);
});
