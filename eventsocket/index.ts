/** Open and close events of flows over a unix socket: the server, the client, and the lines between them. */
export { type ConnectEventsOptions, connectEvents } from './client.js';
export { EventSocketError, type EventSocketOperation } from './error.js';
export {
  type CloseEvent,
  type FlowEvent,
  type FlowId,
  formatClose,
  formatOpen,
  NO_COOKIE,
  type OpenEvent,
  parseEvent,
  type UnknownEvent,
} from './event.js';
export { EventServer, type EventServerOptions } from './server.js';
export type { Warn } from './warnings.js';
