/** Lines of JSON from bytes of messages. */
export { FlowLines } from './flow-lines.js';
