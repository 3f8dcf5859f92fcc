import { RECORD_TRIGGERS, type RecordTrigger } from './request.js';

const NAME = new RegExp(`^\\d{8}T\\d{6}\\.\\d{3}Z_(${RECORD_TRIGGERS.join('|')})(-\\d{1,6})?$`);
/** Before the name of a recording that is not complete, or is being deleted; behind it {@link HIDDEN_END}. */
const HIDDEN_START = '.';
const HIDDEN_END = '.partial';

/**
 * Returns the name of a recording, `20261128T190502.120Z_manual`.
 * @param time RFC 3339 UTC with milliseconds
 * @param again 0, or the number of recordings of this name that there are already
 */
export function recordingName(time: string, trigger: RecordTrigger, again: number): string {
  return `${time.replaceAll(/[-:]/g, '')}_${trigger}${again === 0 ? '' : `-${again}`}`;
}

/** Returns whether {@link recordingName} could have made a name. */
export function isRecordingName(name: string): boolean {
  return NAME.test(name);
}

/** Returns the time in the name of a recording, milliseconds since 1970. */
export function recordingTimeMs(name: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)([\d.]+)Z/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Returns the name of a folder that no reader takes for a recording. */
export function hiddenName(name: string): string {
  return `${HIDDEN_START}${name}${HIDDEN_END}`;
}

/** Returns whether {@link hiddenName} could have made a name. */
export function isHiddenName(name: string): boolean {
  if (!name.startsWith(HIDDEN_START) || !name.endsWith(HIDDEN_END)) return false;
  return isRecordingName(name.slice(HIDDEN_START.length, -HIDDEN_END.length));
}
