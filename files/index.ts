/** Small files, such as those of configuration and of the kernel, read with a bound. */
export { KERNEL_FILE_BYTES, readSmallFile, SmallFileError, type SmallFileOptions } from './read-small-file.js';
