/** Tar, POSIX.1-2001 (pax), as far as a file takes it: a header, an extended one for a long name, padding, the end. */

/** Size of headers; contents are padded to a multiple of it. */
const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** Largest number of 11 octal digits. */
const MAX_OCTAL = 0o77777777777;

/** End of a tar: two blocks of zeros. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK_BYTES);

/** File of a tar. */
export interface TarFile {
  readonly name: string;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Returns what comes before the content of a file: its header, with an extended one if its name or size needs it. */
export function tarHeader({ name, bytes, mtime }: TarFile): Buffer {
  const path = Buffer.from(name);
  const records = [
    ...(path.length > NAME_BYTES ? [paxRecord('path', path)] : []),
    ...(bytes > MAX_OCTAL ? [paxRecord('size', Buffer.from(String(bytes)))] : []),
  ];
  const main = header({ name: path.subarray(0, NAME_BYTES), bytes: Math.min(bytes, MAX_OCTAL), mtime, type: '0' });
  if (records.length === 0) return main;
  const content = Buffer.concat(records);
  const extended = header({ name: Buffer.from('pax_header'), bytes: content.length, mtime, type: 'x' });
  return Buffer.concat([extended, content, tarPadding(content.length), main]);
}

/** Returns the zeros after a content of so many bytes. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** Returns a record of an extended header, which begins with its own length. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  // The digits count themselves.
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

interface HeaderFields {
  readonly name: Buffer;
  readonly bytes: number;
  readonly mtime: number;
  readonly type: '0' | 'x';
}

function header({ name, bytes, mtime, type }: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  name.copy(block, 0);
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${octal(bytes)}\0`, 124, 'latin1');
  block.write(`${octal(Math.max(0, Math.min(mtime, MAX_OCTAL)))}\0`, 136, 'latin1');
  // The checksum is made with blanks in its own place.
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, '0');
}
