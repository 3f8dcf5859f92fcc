/** Sockets of MPTCP connections, as the kernel lists them: loaded with the first subflow. */
export { MptcpSource, type MptcpSourceOptions } from './mptcp-source.js';
