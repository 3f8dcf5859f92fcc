import type { JSX } from 'preact';
import { COLOURS, type Colour, type Dash } from '../../view/chart/index.js';
import type { Theme } from '../state/index.js';

/** Options of {@link Swatch}. */
export interface SwatchProps {
  readonly colour: Colour;
  readonly dash: Dash;
  readonly theme: Theme;
}

const DASHES: Readonly<Record<Dash, string | undefined>> = { solid: undefined, dashed: '6 3', dotted: '2 3' };

/** Short piece of a series' line, beside its name. */
export function Swatch({ colour, dash, theme }: SwatchProps): JSX.Element {
  return (
    <svg width="20" height="8" aria-hidden="true">
      <line
        x1="0"
        x2="20"
        y1="4"
        y2="4"
        stroke={COLOURS[colour][theme]}
        stroke-width="2"
        stroke-dasharray={DASHES[dash]}
      />
    </svg>
  );
}
