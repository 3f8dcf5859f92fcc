/** Small HTTP server with bounded time, memory and connections, so that no client can block it. */
export { type Answer, type StreamedAnswer, textAnswer } from './answer.js';
export type { AnswerStream } from './answer-stream.js';
export type { Deadlines } from './deadlines.js';
export type { Exchange, Handler, Reply, Transport } from './exchange.js';
export { ListenError } from './listen-error.js';
export type { ListenAddress, SocketCalls } from './listening-sockets.js';
export { acceptsGzip, preferences } from './preferences.js';
export type { RequestBody } from './request-body.js';
export { type Health, healthRoute, type Route, serveRoutes } from './routes.js';
export { HttpServer, type HttpServerOptions, type UnixAddress } from './server.js';
export { isLoopbackHost } from './side.js';
