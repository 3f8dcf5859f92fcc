/** Stream of rows for a fleet, as segments in a folder. Separate entry point, because only `-stream.output` loads it. */
export { STREAM_KINDS, STREAM_VERSION, type StreamKind } from './kinds.js';
export type { StreamDisk } from './open-segment.js';
export { compareSegments, parseSegmentName, type SegmentName, segmentName } from './segment-name.js';
export { countLines } from './segment-scan.js';
export { decodeTrailer, encodeTrailer, type SegmentTrailer, TRAILER_BYTES } from './segment-trailer.js';
export { StreamError, type StreamOperation } from './stream-error.js';
export { StreamOutput, type StreamOutputOptions, type StreamSettings } from './stream-output.js';
