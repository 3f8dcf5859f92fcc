import { ByteQueue } from '../../zstd/index.js';
import {
  isZero,
  parseTarHeader,
  readNumber,
  readText,
  TAR_BLOCK_BYTES,
  TarError,
  type TarHeader,
} from './tar-header.js';
import {
  fillHoles,
  pairUp,
  parseDecimal,
  parsePaxMap,
  readMapInFront,
  readOldGnuMap,
  type SparseMap,
  SparseMapError,
  type SparsePiece,
  sparseMap,
} from './tar-sparse.js';

/**
 * Reads tar archives (POSIX ustar and pax, GNU's long names and sparse files) as a stream. Existing libraries keep an
 * extended header of any length in memory, and stop at a member that is not read to its end.
 */

/** Regular file in a tar. */
export interface TarMember {
  readonly name: string;
  /** Length of the content. */
  readonly bytes: number;
  /** Content, readable once and only until the next member is requested; unread content is skipped. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Member of a tar that is not a regular file and has no content. */
export interface OtherMember {
  readonly name: string;
  /** Type flag, e.g. `1` for a hard link, `2` for a symbolic link, `5` for a folder. */
  readonly type: string;
  /** Target of a link; empty for anything else. */
  readonly target: string;
}

/** Maximum size of names and pax records. The longest path on Linux is 4096 bytes. */
const MAX_EXTENDED_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * Reads the regular files of a tar one after the other.
 * @param onOther called for each other member
 * @throws TarError when the tar is damaged or cut, after yielding all members before the damage. If the content of a
 *   member threw the error, the iteration just ends: the error is thrown only once.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  onOther: (member: OtherMember) => void = () => undefined,
): AsyncGenerator<TarMember, void, undefined> {
  const input = new ByteQueue(source);
  let failed = false;
  try {
    let extended: Extended = {};
    for (let ended = false; ; ) {
      const at = input.consumed;
      const block = await input.take(TAR_BLOCK_BYTES);
      if (block === undefined) {
        const rest = await input.peek(1);
        if (ended && rest.length === 0) return;
        throw new TarError('ERR_CUT', at, rest.length === 0 ? 'no end mark' : 'input ends inside a header');
      }
      if (isZero(block)) {
        // Two zero blocks mark the end. More data may follow, such as another tar.
        ended = true;
        continue;
      }
      const header = parseTarHeader(block, at);
      ended = false;
      const bytes = extended.bytes ?? header.bytes;
      if ('xgLK'.includes(header.type)) {
        extended = { ...extended, ...(await readExtended(input, header.type, header.bytes, at)) };
        continue;
      }
      const name = extended.sparse?.name ?? extended.name ?? header.name;
      const rest = { bytes, padding: -bytes & (TAR_BLOCK_BYTES - 1) };
      const isRegular = REGULAR.includes(header.type) && !name.endsWith('/');
      if (!isRegular) onOther({ name, type: header.type, target: extended.target ?? header.target });
      const map = isRegular ? await readMap(input, { block, header, extended, rest, at }) : undefined;
      extended = {};
      if (isRegular) {
        const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
          try {
            if (map === undefined) yield* readRest(input, rest, at);
            else yield* fillHoles(map, (count) => readRest(input, rest, at, count));
          } catch (error) {
            failed = true;
            throw error;
          }
        };
        yield { name, bytes: map?.bytes ?? bytes, content: content() };
        if (failed) return;
      }
      for await (const _ of readRest(input, rest, at));
      if (rest.padding > 0 && (await input.take(rest.padding)) === undefined) throw endsInside(at);
    }
  } finally {
    await input.close();
  }
}

/** Type flag of sparse files in old GNU tars. */
const OLD_GNU_SPARSE = 'S';
/** Type flags of regular files: POSIX, oldest tars (NUL), contiguous and sparse files. */
const REGULAR = ['0', '\0', '7', OLD_GNU_SPARSE];
/** Maximum size of a file's holes. Archives have no holes, and reading one of endless zeros would never finish. */
const MAX_HOLES_BYTES = 256 * 1024 * 1024;

/** Fields for the following member, from extended headers. */
interface Extended {
  name?: string;
  bytes?: number;
  /** Target of a link. */
  target?: string;
  sparse?: PaxSparse;
}

/** Sparse file fields of pax headers, in one of GNU's formats 0.0, 0.1 and 1.0. */
interface PaxSparse {
  name?: string;
  bytes?: number;
  /** Offsets and lengths, alternating. */
  numbers: number[];
  pieces?: readonly SparsePiece[];
  /** True when the map precedes the content. */
  isInFront?: boolean;
}

/** Unread bytes of a member, and the padding of its last block. */
interface Rest {
  bytes: number;
  readonly padding: number;
}

interface MemberHeaders {
  readonly block: Buffer;
  readonly header: TarHeader;
  readonly extended: Extended;
  readonly rest: Rest;
  readonly at: number;
}

/** Reads the layout of a sparse file. Returns undefined for any other file. */
async function readMap(input: ByteQueue, headers: MemberHeaders): Promise<SparseMap | undefined> {
  const { block, header, extended, rest, at } = headers;
  const { sparse } = extended;
  if (sparse === undefined && header.type !== OLD_GNU_SPARSE) return undefined;
  try {
    let map: SparseMap;
    if (sparse === undefined) {
      const found = await readOldGnuMap(block, input, readNumber);
      if (found === undefined) throw endsInside(at);
      map = sparseMap(found.pieces, found.bytes, rest.bytes);
    } else if (sparse.isInFront) {
      const found = await readMapInFront(input, rest.bytes);
      if (found === undefined) throw endsInside(at);
      rest.bytes -= found.mapBytes;
      map = sparseMap(found.pieces, sparse.bytes ?? rest.bytes, rest.bytes);
    } else {
      map = sparseMap(sparse.pieces ?? pairUp(sparse.numbers), sparse.bytes ?? rest.bytes, rest.bytes);
    }
    if (map.bytes - rest.bytes > MAX_HOLES_BYTES) throw new SparseMapError(`holes beyond ${MAX_HOLES_BYTES} bytes`);
    return map;
  } catch (error) {
    if (!(error instanceof SparseMapError)) throw error;
    throw new TarError('ERR_CORRUPT', at, error.message);
  }
}

async function readExtended(input: ByteQueue, type: string, bytes: number, at: number): Promise<Extended> {
  if (bytes > MAX_EXTENDED_BYTES) throw new TarError('ERR_CORRUPT', at, `an extended header of ${bytes} bytes`);
  const content = await input.take(bytes);
  if (content === undefined) throw endsInside(at);
  if ((await input.take(-bytes & (TAR_BLOCK_BYTES - 1))) === undefined) throw endsInside(at);
  if (type === 'L') return { name: readText(content) };
  if (type === 'K') return { target: readText(content) };
  return type === 'x' ? readPax(content, at) : {};
}

/** Parses records of the form `LENGTH KEY=VALUE\n`; the length counts the whole record. */
function readPax(content: Buffer, at: number): Extended {
  const extended: Extended = {};
  const bad = (): TarError => new TarError('ERR_CORRUPT', at, 'an invalid pax header');
  for (let start = 0; start < content.length; ) {
    const blank = content.indexOf(0x20, start);
    const length = blank === -1 ? Number.NaN : Number(content.toString('latin1', start, blank));
    if (!Number.isSafeInteger(length) || length <= blank - start + 1 || start + length > content.length) throw bad();
    const record = content.toString('utf8', blank + 1, start + length - 1);
    const [, key, value = ''] = /^([^=]*)=(.*)$/s.exec(record) ?? [];
    if (key === 'path') extended.name = value;
    if (key === 'linkpath') extended.target = value;
    if (key?.startsWith(SPARSE_KEY)) {
      extended.sparse ??= { numbers: [] };
      try {
        readSparseKey(extended.sparse, key.slice(SPARSE_KEY.length), value);
      } catch (error) {
        if (!(error instanceof SparseMapError)) throw error;
        throw new TarError('ERR_CORRUPT', at, error.message);
      }
    }
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw bad();
      extended.bytes = Number(value);
    }
    start += length;
  }
  return extended;
}

const SPARSE_KEY = 'GNU.sparse.';

/** @throws SparseMapError */
function readSparseKey(sparse: PaxSparse, key: string, value: string): void {
  if (key === 'name') sparse.name = value;
  if (key === 'size' || key === 'realsize') sparse.bytes = parseDecimal(value);
  if (key === 'offset' || key === 'numbytes') sparse.numbers.push(parseDecimal(value));
  if (key === 'map') sparse.pieces = parsePaxMap(value);
  if (key === 'major') sparse.isInFront = value !== '0';
}

/** Streams `count` bytes of a member's content, by default all that are left. */
async function* readRest(
  input: ByteQueue,
  rest: Rest,
  at: number,
  count = rest.bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = count; left > 0; ) {
    const piece = await input.takeSome(Math.min(left, PIECE_BYTES));
    if (piece === undefined) throw endsInside(at);
    rest.bytes -= piece.length;
    left -= piece.length;
    yield piece;
  }
}

function endsInside(at: number): TarError {
  return new TarError('ERR_CUT', at, 'input ends inside a member');
}
