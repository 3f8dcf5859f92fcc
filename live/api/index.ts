/** HTTP API for live connections. Import it only when it is on: it loads much that the collector does not need. */
export type { RecordingsAnswering, ServicesAnswering } from './context.js';
export { readToken, TokenError } from './gate/token.js';
export { tokenFolder } from './gate/token-file.js';
export type { LiveListener } from './listeners.js';
export { LiveListenError } from './live-listen-error.js';
export { createLiveServer, type LiveServer, type LiveServerOptions, type LiveServerStarted } from './live-server.js';
