/**
 * Colours that people with any kind of colour vision can distinguish: Okabe and Ito's
 * (https://jfly.uni-koeln.de/color/) without the yellow, which is hard to see on white, and lighter versions for a dark
 * background. A dash, a place or a word always repeats the meaning of a colour.
 */
export const COLOURS = {
  blue: { light: '#0072b2', dark: '#56b4e9' },
  orange: { light: '#d55e00', dark: '#ff9a52' },
  green: { light: '#007a5a', dark: '#3ecfa3' },
  amber: { light: '#c98a00', dark: '#f2b632' },
  purple: { light: '#a8558a', dark: '#e39bc6' },
  brown: { light: '#7d5a3c', dark: '#c9a27c' },
  sky: { light: '#3a94cf', dark: '#8ad0f7' },
  grey: { light: '#7a7f87', dark: '#9aa0a8' },
} as const;
/** Name of a colour. */
export type Colour = keyof typeof COLOURS;

/** Colours of the background, text and grid. */
export const INK = {
  ground: { light: '#ffffff', dark: '#14171b' },
  ink: { light: '#1f2328', dark: '#e8eaed' },
  faint: { light: '#57606a', dark: '#a4abb4' },
  grid: { light: '#dfe3e8', dark: '#30363d' },
} as const;
type Ink = keyof typeof INK;

/** SVG properties that can have a colour. */
type Paint = 'fill' | 'stroke';

/**
 * Returns attributes for a colour: the light version for programs without style sheets, and a class that
 * {@link darkRules} turns into the dark version.
 */
export function paint(colour: Colour | Ink, ...how: readonly Paint[]): Readonly<Record<string, string>> {
  const { light } = { ...COLOURS, ...INK }[colour];
  return {
    ...Object.fromEntries(how.map((each) => [each, light])),
    class: how.map((each) => `${each[0]}-${colour}`).join(' '),
  };
}

/**
 * Returns the style sheet with the dark versions of {@link paint}, for readers who prefer dark screens, never for
 * print.
 */
export function darkRules(): string {
  const rules = Object.entries({ ...COLOURS, ...INK }).map(
    ([name, { dark }]) => `.f-${name}{fill:${dark}}.s-${name}{stroke:${dark}}`,
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join('')}}`;
}
