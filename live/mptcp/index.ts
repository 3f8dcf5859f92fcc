/** Subflows of MPTCP connections, by the tokens of their sockets. Pure. */
export type { MptcpConnection } from './mptcp-connection.js';
export { SubflowIndex, type SubflowState, subflowState, tokenText } from './subflow-index.js';
