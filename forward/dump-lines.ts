import type { DumpFormat } from '../services/config/index.js';
import { localRfc3339 } from '../services/statistics/index.js';

/** Bytes of one read, and whose they are. */
export interface DumpPiece {
  readonly sid: string;
  readonly service: string;
  readonly uuid: string;
  /** Client's end, `10.0.0.9:41001`. */
  readonly client: string;
  /** `up`: from the client. `down`: to the client. */
  readonly direction: 'up' | 'down';
  /** Time of the read in µs since 1970. */
  readonly readUs: number;
  /** Number of bytes before these in the same direction. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const ARROWS = { up: '>', down: '<' } as const;
const HEX_COLUMNS = 16;
const US_PER_MS = 1000;

/**
 * Formats dumped bytes, with a newline at the end. `go`: the line of gihnius/monconn. `hex`: a line with time, service,
 * UUID, direction and offset, then 16 bytes a line. `text`: one line, with bytes that are not printable ASCII escaped.
 */
export function formatDump(format: Exclude<DumpFormat, 'none'>, piece: DumpPiece): string {
  switch (format) {
    case 'go':
      return goLine(piece);
    case 'hex':
      return `${headOf(piece)}\n${hexLines(piece)}`;
    case 'text':
      return `${headOf(piece)} ${escaped(piece.bytes)}\n`;
  }
}

/** Formats the note that a connection's dump lacks bytes, because of a limit. */
export function formatOmission(piece: Omit<DumpPiece, 'bytes' | 'offset' | 'direction'>, omittedBytes: number): string {
  const { sid, service, uuid, client, readUs } = piece;
  return `${timeText(readUs)} S[${sid}] service=${JSON.stringify(service)} client=${client} uuid=${uuid} ${omittedBytes} bytes not dumped: dump_max or dump_rate\n`;
}

/** `S[sid] TIME R CLIENT >>: []byte{0x47, 0x45}`; `W` and `<<` for bytes to the client. */
function goLine({ sid, client, direction, readUs, bytes }: DumpPiece): string {
  const [letter, arrow] = direction === 'up' ? ['R', '>>'] : ['W', '<<'];
  const list = Array.from(bytes, (byte) => `0x${byte.toString(16)}`).join(', ');
  return `S[${sid}] ${localRfc3339(readUs / US_PER_MS)} ${letter} ${client} ${arrow}: []byte{${list}}\n`;
}

function headOf({ sid, service, uuid, client, direction, readUs, offset, bytes }: DumpPiece): string {
  return `${timeText(readUs)} S[${sid}] service=${JSON.stringify(service)} client=${client} uuid=${uuid} ${ARROWS[direction]} ${offset}+${bytes.length}`;
}

/** Lines with offset, sixteen bytes, and their text. */
function hexLines({ offset, bytes }: DumpPiece): string {
  let lines = '';
  for (let at = 0; at < bytes.length; at += HEX_COLUMNS) {
    const row = bytes.subarray(at, at + HEX_COLUMNS);
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(row, (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '.')).join('');
    lines += `  ${(offset + at).toString(16).padStart(8, '0')}  ${hex.padEnd(3 * HEX_COLUMNS - 1)}  ${text}\n`;
  }
  return lines;
}

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 92: '\\\\' };

function escaped(bytes: Uint8Array): string {
  const parts = Array.from(
    bytes,
    (byte) =>
      ESCAPES[byte] ?? (isPrintable(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`),
  );
  return `"${parts.join('')}"`;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

/** Time in UTC with microseconds. */
function timeText(us: number): string {
  const ms = Math.floor(us / US_PER_MS);
  const rest = String(Math.floor(us % US_PER_MS)).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
}
