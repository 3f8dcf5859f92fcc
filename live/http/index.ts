/** Small HTTP server with bounded time, memory and connections, so that no client can block it. */
export { type Answer, textAnswer } from './answer.js';
export { type Deadlines, END_REASONS, type EndReason, type Exchange, type Handler } from './connection.js';
export type { ListenAddress, SocketCalls } from './listening-sockets.js';
export { HttpServer, type HttpServerOptions } from './server.js';
export { SIDES, type Side } from './side.js';
