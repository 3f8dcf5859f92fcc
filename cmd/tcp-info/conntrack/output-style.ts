import type { TextStyle } from '../../../view/chart/index.js';
import { type MaybeTerminal, textStyle } from '../../../view/index.js';

/** Returns the style of text for a stream. A pipe or a file has no width: nothing is cut. */
export function outputStyle(stdout: MaybeTerminal): TextStyle {
  const style = textStyle(stdout, process.env);
  return stdout.isTTY === true ? style : { ...style, width: Number.POSITIVE_INFINITY };
}
