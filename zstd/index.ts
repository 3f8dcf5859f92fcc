/**
 * Zstandard frames (RFC 8878): writes single frames, reads streams of frames, and distinguishes damage from truncation.
 * Uses the native library `@mongodb-js/zstd`. The JavaScript decoder here reads frames if the library is missing, and
 * frames above 128 MiB.
 */
export { decompressAtHand } from './at-hand.js';
export { ByteQueue } from './byte-queue.js';
export { type DecompressOptions, decompressFrames, type FrameEvent, readFrames } from './decompress.js';
export { ZstdError, type ZstdErrorCode } from './error.js';
export { FRAME_START } from './frame-format.js';
export { canCompress, compressFrame, MAX_FRAME_CONTENT_BYTES } from './frame-writer.js';
export { beginsSoundly, type SoundPrefix, soundPrefix } from './sound-prefix.js';
export { takeTurns } from './turn.js';
