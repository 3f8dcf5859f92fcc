/** Types of everything that the live side sends: shared by the server, `top` and the page. */
export type * from './alerts.js';
export type * from './answers.js';
export * from './closed-choice.js';
export type * from './flows.js';
export type * from './http.js';
export type * from './network.js';
export * from './process.js';
export type * from './recordings.js';
export * from './row.js';
export type * from './services.js';
export type * from './streams.js';
export type * from './watches.js';
