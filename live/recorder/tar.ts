/** One file of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly mode: number;
  /** Time of its last change, seconds since 1970. */
  readonly mtimeSec: number;
}

const BLOCK = 512;
/** Longest name in a header; a longer one takes a record of its own. */
const MAX_NAME = 100;

/** Last bytes of a tar archive. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

/** Returns the header of a file, POSIX.1-2001 (pax) interchange format; before it a record for a long name. */
export function tarHeader(entry: TarEntry): Buffer {
  const name = Buffer.from(entry.name);
  if (name.length <= MAX_NAME) return block(name, entry, '0');
  const record = paxRecord('path', entry.name);
  const extended = block(Buffer.from('PaxHeaders/name'), { ...entry, bytes: record.length }, 'x');
  return Buffer.concat([extended, record, tarPadding(record.length), block(name.subarray(0, MAX_NAME), entry, '0')]);
}

/** Returns what follows the content of a file, up to a whole block. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

function block(name: Buffer, { bytes, mode, mtimeSec }: TarEntry, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0);
  octal(header, 100, 8, mode);
  octal(header, 108, 8, 0);
  octal(header, 116, 8, 0);
  octal(header, 124, 12, bytes);
  octal(header, 136, 12, mtimeSec);
  // The checksum counts its own field as spaces.
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function octal(header: Buffer, at: number, width: number, value: number): void {
  header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
}

/** Returns `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
