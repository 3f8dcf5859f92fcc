/** Log lines on stderr in logfmt: one line per event; lines about single connections only at level debug. */
export { createLogger, type LogFields, type Logger, type LogLevel } from './logger.js';
export { TroubleLog } from './trouble.js';
