/** Open and close events of flows over a unix socket: server, client and line format. */
export { type ConnectEventsOptions, connectEvents } from './client.js';
export { EventSocketError, type EventSocketOperation } from './error.js';
export {
  type AlertEvent,
  type CloseEvent,
  type EventPosition,
  type FlowAddresses,
  type FlowEvent,
  type FlowId,
  NO_COOKIE,
  type OpenEvent,
  type UnknownEvent,
} from './event.js';
export { formatAlert, formatClose, formatOpen, parseEvent } from './event-line.js';
export type { FinalCounters } from './final-counters.js';
export { EventServer, type EventServerOptions } from './server.js';
export { inspectSocketPath } from './socket-file.js';
export type { Warn } from './warnings.js';
