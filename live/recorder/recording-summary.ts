import type { RecordingJson } from '../wire/index.js';
import type { RecordRequest } from './request.js';

/** File of a recording that describes it. */
export const SUMMARY_FILE = 'recording.json';

/** Content of {@link SUMMARY_FILE}, but for its list of files. */
export type RecordingSummary = Omit<RecordingJson, 'state' | 'error'>;

/** File of one connection, in {@link SUMMARY_FILE}. */
export interface RecordedConnection {
  readonly file: string;
  readonly uuid: string;
  readonly records: number;
  readonly bytes: number;
}

/** Returns the part of a summary that is known when a recording begins. */
export function summaryOf(
  recording: string,
  { trigger, rule, value, expression, note }: RecordRequest,
  window: { readonly from: string; readonly until: string },
): Pick<RecordingSummary, 'recording' | 'trigger' | 'rule' | 'value' | 'expression' | 'note' | 'from' | 'until'> {
  return {
    recording,
    trigger,
    rule: rule ?? null,
    value: value ?? null,
    expression: expression ?? null,
    note: note ?? null,
    ...window,
  };
}

/** Reads a summary from its JSON. @throws Error for another text */
export function parseSummary(text: string): RecordingSummary {
  const { files: _, ...summary } = JSON.parse(text) as RecordingSummary & { readonly files?: unknown };
  const numbers = [
    summary.connections,
    summary.left,
    summary.records,
    summary.bytes,
    summary.lostFrames,
    summary.evicted,
  ];
  const texts = [summary.recording, summary.trigger, summary.from, summary.until];
  if (numbers.every(Number.isFinite) && texts.every((each) => typeof each === 'string')) return summary;
  throw new TypeError('does not describe a recording');
}
