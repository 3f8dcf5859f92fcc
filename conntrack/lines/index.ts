/** Lines of JSON from bytes of messages. */
export { ABSENT } from './flow-layout.js';
export { FlowLines, type LineParts } from './flow-lines.js';
export { NAT_TEXTS, SIDE_TEXTS, Step } from './line-steps.js';
