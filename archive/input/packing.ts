/** Unsupported compression: signature, and the command that unpacks it. */
interface ForeignPacking {
  readonly name: string;
  /** First bytes in hexadecimal. No JSON and no tar of ours begins with them. */
  readonly start: string;
  readonly command: string;
}

const FOREIGN: readonly ForeignPacking[] = [
  { name: 'xz', start: 'fd377a585a00', command: 'xz -dc' },
  { name: 'bzip2', start: '425a68', command: 'bzip2 -dc' },
  { name: 'zip', start: '504b0304', command: 'unzip -p' },
  { name: 'zip', start: '504b0506', command: 'unzip -p' },
  { name: '7z', start: '377abcaf271c', command: '7z x -so' },
  { name: 'lz4', start: '04224d18', command: 'lz4 -dc' },
  { name: 'lzip', start: '4c5a4950', command: 'lzip -dc' },
  { name: 'rar', start: '526172211a07', command: 'unrar p -inul' },
  { name: 'compress', start: '1f9d', command: 'uncompress -c' },
];

/** Number of bytes that {@link requireKnownPacking} needs: enough to tell bzip2 from a name with the same start. */
export const PACKING_START_BYTES = 10;

/** Start of a bzip2 file: `BZh`, a digit, and the magic number of a block, or of the end of an empty file. */
const BZIP2_BLOCK = /^425a683[1-9](314159265359|177245385090)/;

/** Thrown for an unsupported compression. */
export class PackingError extends Error {
  override readonly name = 'PackingError';
  readonly code = 'ERR_UNSUPPORTED';
}

/**
 * Rejects unsupported compressions by their first bytes.
 * @throws PackingError with the name of the compression and a command that unpacks it
 */
export function requireKnownPacking(first: Buffer): void {
  const hex = first.toString('hex');
  const found = FOREIGN.find(({ start }) => hex.startsWith(start));
  if (found === undefined || (found.name === 'bzip2' && !BZIP2_BLOCK.test(hex))) return;
  const { name, command } = found;
  throw new PackingError(`packed with ${name}, which is not supported: unpack it first, for instance with ${command}`);
}
