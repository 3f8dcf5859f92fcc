/** TCP sockets of the running kernel: listed, and destroyed one by one at a bounded rate. */

export { type DestroyListenerOptions, listenToDestroyed } from './destroy-listener.js';
export { DEFAULT_DESTROYS_PER_SECOND, DestroyPace } from './destroy-pace.js';
export { DestroyQueue } from './destroy-queue.js';
export { SockDiagError, type SockDiagErrorCode } from './errors.js';
export {
  type DestroyClock,
  type DestroyCounts,
  type DestroyOrder,
  type DestroyOutcome,
  SocketDestroyer,
  type SocketDestroyerOptions,
  type SocketRequester,
} from './socket-destroyer.js';
export { type OneNamespace, type SockDiagAddon, SocketSession } from './socket-session.js';
