import type { ServiceReport } from './report.js';

/** Formats a service as the log line of gihnius/monconn: `sid: …, up: …, c: …, ip: …, r: …, w: …, t: …`. */
export function serviceLine(report: ServiceReport): string {
  const { sid, uptime, connections, clientCount, up, down, accessed } = report;
  const time = localRfc3339(accessed * 1_000);
  return `sid: ${sid}, up: ${uptime}, c: ${connections}, ip: ${clientCount}, r: ${up}, w: ${down}, t: ${time}`;
}

/** Statistics of one connection, as JSON: the keys and types of gihnius/monconn. */
export interface ConnectionReport {
  /** `CLIENT:PORT <-> LISTENER`. */
  readonly label: string;
  readonly sid: string;
  readonly read_bytes: number;
  readonly write_bytes: number;
  /** Last data from the client, Unix time in seconds; the accept before any. */
  readonly read_at: number;
  /** Last data to the client, Unix time in seconds; the accept before any. */
  readonly write_at: number;
}

/** Formats a connection as the log line of gihnius/monconn: `sid: …, conn: …, r: …, w: …, rt: …, wt: …`. */
export function connectionLine(report: ConnectionReport): string {
  const { sid, label, read_bytes: read, write_bytes: written, read_at: readAt, write_at: writeAt } = report;
  const [rt, wt] = [localRfc3339(readAt * 1_000), localRfc3339(writeAt * 1_000)];
  return `sid: ${sid}, conn: ${label}, r: ${read}, w: ${written}, rt: ${rt}, wt: ${wt}`;
}

/** Formats a time in the local zone with its offset, as Go's time.RFC3339: `2026-11-30T05:00:00+01:00`. */
export function localRfc3339(unixMs: number): string {
  const date = new Date(unixMs);
  const offset = -date.getTimezoneOffset();
  const local = new Date(unixMs + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.abs(offset);
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}
