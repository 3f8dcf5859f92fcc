/** One connection as text, page and JSON. */

export { showHtml, showSvg } from './html.js';
export { showJson } from './json.js';
export { ShownConnection } from './shown.js';
export { showText } from './text.js';
