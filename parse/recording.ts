import { quoteGoString } from './go-string.js';
import { asObject, asText, asTimestamp } from './json-fields.js';

/** Recording that a file is a part of. The reference has no such field; its readers ignore it. */
export interface RecordingWindow {
  /** Cause of the recording: `manual`, `signal` or `alert`. */
  readonly trigger: string;
  /** Beginning of the time that was asked for, RFC 3339 UTC. The first records may be a few seconds older. */
  readonly from: string;
  /** End of that time, RFC 3339 UTC. */
  readonly until: string;
}

/** Encodes a recording as JSON. */
export function encodeRecording({ trigger, from, until }: RecordingWindow): string {
  return `{"Trigger":${quoteGoString(trigger)},"From":"${from}","Until":"${until}"}`;
}

/**
 * Decodes a recording.
 * @throws DecodeError `ERR_RECORD`
 */
export function asRecording(value: unknown): RecordingWindow {
  const fields = asObject(value, 'Metadata.Recording');
  return {
    trigger: asText(fields['Trigger'], 'Metadata.Recording.Trigger'),
    from: asTimestamp(fields['From'], 'Metadata.Recording.From'),
    until: asTimestamp(fields['Until'], 'Metadata.Recording.Until'),
  };
}
