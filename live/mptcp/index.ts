/** Subflows of MPTCP connections, by the tokens of their sockets. Pure. */
export { SubflowIndex, type SubflowState, subflowState, tokenText } from './subflow-index.js';
