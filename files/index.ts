/** Reads small files, such as configuration and kernel files, with limits of size and time. */
export { KERNEL_FILE_BYTES, readSmallFile, SmallFileError, type SmallFileOptions } from './read-small-file.js';
