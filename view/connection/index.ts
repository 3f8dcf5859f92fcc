/** One connection as text, page and JSON. */

export { type ShownArchive, ShownConnection } from './connection-view.js';
export { showHtml, showSvg } from './html.js';
export { showJson } from './json.js';
export { showText } from './text.js';
export { Cell } from './timeline-cell.js';
