/** One connection as text, page and JSON. */

export { ShownConnection } from './connection-view.js';
export { showHtml, showSvg } from './html.js';
export { showJson } from './json.js';
export { showText } from './text.js';
