/** Log lines on stderr: logfmt, one line an event, never one a connection above debug. */
export { createLogger, type LogFields, type Logger, type LogLevel } from './logger.js';
export { TroubleLog } from './trouble.js';
