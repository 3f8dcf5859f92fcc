/** Small HTTP server with bounded time, memory and connections, so that no client can block it. */
export { type Answer, textAnswer } from './answer.js';
export type { Deadlines, Exchange, Handler } from './connection.js';
export { ListenError } from './listen-error.js';
export type { ListenAddress, SocketCalls } from './listening-sockets.js';
export { type Health, healthRoute, type Route, serveRoutes } from './routes.js';
export { HttpServer, type HttpServerOptions } from './server.js';
