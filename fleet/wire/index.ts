/** Names of frames on their way through a broker: ids, subjects, partitions, headers. */
export {
  FRAME_KINDS,
  type FrameKind,
  type FrameName,
  messageId,
  parseMessageId,
  type SequenceName,
} from './frame-name.js';
export { HEADERS, WIRE_VERSION } from './headers.js';
export { MOST_PARTITIONS, partitionOf, partitionText } from './partition.js';
export { partitionSubjects, streamName, subjectOf } from './subject.js';
