/** A set of connections as text, page and JSON. */

export { summaryHtml } from './html.js';
export { commandOfWorst } from './notable.js';
export { summaryText } from './text.js';
