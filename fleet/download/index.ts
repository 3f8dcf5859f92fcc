/** Objects of a store brought to a folder, for tools that read files: whole, or single archives out of bundles. */
export { type ConnectionOptions, downloadConnections } from './connection.js';
export { DownloadError, type DownloadOptions, downloadObjects, MAX_VARIABLE } from './objects.js';
