/** Small files, such as configuration and kernel files, read with limits of size and time; files of unix sockets. */
export { KERNEL_FILE_BYTES, readSmallFile, SmallFileError, type SmallFileOptions } from './read-small-file.js';
export { inspectSocketPath, listenAt, type SocketFile } from './unix-socket.js';
export { errorCode, SOCKET_REASONS, UnixSocketError } from './unix-socket-error.js';
