import { HEADERS, messageId, partitionOf, subjectOf, WIRE_VERSION } from '../wire/index.js';
import type { SpoolFrame } from './spool-segment.js';
import type { FrameMessage } from './transport.js';

/**
 * Returns the message that carries a frame.
 * @param first lowest frame of its sequence that may still come
 */
export function frameMessage(frame: SpoolFrame, partitions: number, first: number): FrameMessage {
  const { cluster, node, epoch, kind, number, rows, contentBytes, bytes } = frame;
  const id = messageId({ cluster, node, epoch, kind, frame: number });
  return {
    subject: subjectOf(partitionOf({ cluster, node }, partitions), kind, cluster, node),
    id,
    headers: {
      [HEADERS.rows]: String(rows),
      [HEADERS.bytes]: String(contentBytes),
      [HEADERS.first]: String(first),
      [HEADERS.version]: String(WIRE_VERSION),
    },
    payload: bytes,
  };
}
