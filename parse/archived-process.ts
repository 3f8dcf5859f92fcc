import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText, isAbsent } from './json-fields.js';

/**
 * Process and cgroup of a connection in archives. Values that are unknown are absent. Texts come from the machine's
 * processes, which may call themselves anything.
 */
export interface ArchivedProcess {
  /** Process id, as the collector saw it. */
  readonly pid?: number;
  /** Name of the process, `comm`. */
  readonly command?: string;
  /** Systemd unit. */
  readonly unit?: string;
  /** Id of the container. */
  readonly container?: string;
  /** Kubernetes pod: `<namespace>/<name>`, or its uid if the names are unknown. */
  readonly pod?: string;
}

/** Names in a line, in their order. */
const TEXTS = [
  ['command', 'Command'],
  ['unit', 'Unit'],
  ['container', 'Container'],
  ['pod', 'Pod'],
] as const satisfies readonly (readonly [keyof ArchivedProcess, string])[];

/** Encodes a process as JSON for a line's metadata. */
export function encodeProcess(process: ArchivedProcess): string {
  const fields = process.pid === undefined ? [] : [`"Pid":${process.pid}`];
  for (const [key, name] of TEXTS) {
    const text = process[key];
    if (text !== undefined) fields.push(`"${name}":${quoteGoString(text)}`);
  }
  return `{${fields.join(',')}}`;
}

/**
 * Decodes the process in a line's metadata.
 * @throws DecodeError `ERR_RECORD`
 */
export function asProcess(value: unknown): ArchivedProcess {
  const fields = asObject(value, 'Metadata.Process');
  const pid = fields['Pid'];
  const texts = TEXTS.flatMap(([key, name]) => {
    const text = fields[name];
    return isAbsent(text) ? [] : [[key, asText(text, `Metadata.Process.${name}`)] as const];
  });
  return {
    ...(isAbsent(pid) ? {} : { pid: asInteger(pid, 'Metadata.Process.Pid') }),
    ...Object.fromEntries(texts),
  };
}
