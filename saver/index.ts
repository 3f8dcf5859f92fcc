/** The archive: one connection, one file at a time, frames of zstd-compressed JSON lines. */
export { ANONYMIZE_METHODS, type Anonymize, type AnonymizeMethod, createAnonymize, ownAddresses } from './anonymize.js';
export { ArchiveError } from './archive-file.js';
export { archiveName, dateFolder } from './archive-path.js';
export { type Clock, SYSTEM_CLOCK } from './clock.js';
export { makeFolder } from './make-folder.js';
export { Saver, type SaverOptions } from './saver.js';
