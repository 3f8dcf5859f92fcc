/** Parts of what people look at: the frame of pages, words for causes and endings, terminals. */

export { messageLine, oneLine } from '../words/index.js';
export { choiceText } from './choice.js';
export { endsCells } from './ends-cells.js';
export { uuidLink } from './live-page.js';
export { factList, faintText, type HtmlColumn, htmlPage, htmlTable, type PageOptions } from './page.js';
export { showCommand } from './show-command.js';
export { type MaybeTerminal, rowsOf, textStyle } from './terminal.js';
export { clock, ZONES, type Zone } from './time/index.js';
export {
  causeNames,
  causeWords,
  ENDINGS,
  endedWords,
  endpoint,
  endpoints,
  LIMITS,
  type LimitName,
  limitLabel,
} from './words/index.js';
