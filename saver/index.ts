/** The archive: one connection, one file at a time, frames of zstd-compressed JSON lines. */
export { ANONYMIZE_METHODS, type Anonymize, type AnonymizeMethod, createAnonymize, ownAddresses } from './anonymize.js';
export { type Clock, SYSTEM_CLOCK } from './clock.js';
export { makeFolder } from './make-folder.js';
export { Saver, type SaverOptions } from './saver.js';
