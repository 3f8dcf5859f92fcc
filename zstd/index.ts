/** Zstandard frames (RFC 8878): one written at a time, any number read as a stream, and damage told apart from a cut. */
export { decompressAtHand } from './at-hand.js';
export { ByteQueue } from './byte-queue.js';
export { canCompress, compressFrame, MAX_FRAME_CONTENT_BYTES } from './compress.js';
export { type DecompressOptions, decompressFrames } from './decompress.js';
export { ZstdError, type ZstdErrorCode } from './error.js';
export { FRAME_START } from './frame-format.js';
export { beginsSoundly, type SoundPrefix, soundPrefix } from './sound-prefix.js';
export { takeTurns } from './turn.js';
