import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeInetDiagMsg, INET_DIAG_INFO, type InetDiagMsg } from '../../inetdiag/index.js';
import { timestampToNs } from '../../parse/index.js';
import { decodeTcpInfo, type TcpInfo } from '../../tcp/index.js';

/** One record of an archive. */
export interface Row {
  readonly timestamp: string;
  readonly timestampNs: bigint;
  readonly rawIdm: Buffer;
  readonly idm: InetDiagMsg;
  /** Absent for a socket without tcp_info and for a FIN_WAIT2 mini-socket. */
  readonly info: TcpInfo | undefined;
}

/** Ends of one direction of a flow. */
interface ArchiveTuple {
  readonly Src: string;
  readonly Sport: number;
  readonly Dst: string;
  readonly Dport: number;
}

/** One archive file. */
export interface Archive {
  readonly path: string;
  /** Date of its folders, `YYYY/MM/DD`. */
  readonly date: string;
  readonly uuid: string;
  readonly sequence: number;
  /** Fields of the metadata line. */
  readonly metadata: {
    readonly UUID: string;
    readonly Sequence: number;
    readonly StartTime: string;
    readonly Netns?: { readonly Inode: number; readonly Name: string };
    readonly Process?: { readonly Pid?: number; readonly Command?: string };
    readonly Conntrack?: {
      readonly Id: number;
      readonly Orig: ArchiveTuple;
      readonly Reply: ArchiveTuple;
      readonly Status: number;
    };
  };
  readonly rows: readonly Row[];
}

/** All files of one connection, and their rows in order. */
export interface Recorded {
  readonly uuid: string;
  readonly files: readonly Archive[];
  readonly rows: readonly Row[];
  readonly first: Row;
  readonly last: Row;
}

interface Line {
  readonly Timestamp: string;
  readonly RawIDM?: string;
  readonly Attributes?: readonly (string | null)[];
  readonly Metadata?: Archive['metadata'];
}

/** Returns the sorted archive paths relative to the output folder. @throws if any other file is there */
export function archivePaths(output: string): string[] {
  if (!existsSync(output)) return [];
  const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      if (!/^\d{4}\/\d\d\/\d\d\/[^/]+_[0-9A-F]{16}\.\d{5,}\.jsonl\.zst$/.test(path.slice(output.length + 1))) {
        throw new Error(`not the path of an archive: ${path}`);
      }
      return path;
    })
    .sort();
}

/** Checks framing and checksums of files with the zstd program. @throws when one is damaged */
export function checkArchives(paths: readonly string[]): void {
  if (paths.length > 0) execFileSync('zstd', ['-tq', ...paths], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Decompresses a file with the zstd program. */
export function readArchiveText(path: string): string {
  return execFileSync('zstd', ['-dcq', path], { encoding: 'utf8', maxBuffer: 1 << 30 });
}

/** Reads a file with the zstd program. */
export function readArchive(path: string): Archive {
  return parseArchive(path, readArchiveText(path));
}

/** Parses a decompressed archive. @throws when it is not complete lines, metadata first */
export function parseArchive(path: string, text: string): Archive {
  if (!text.endsWith('\n')) throw new Error(`${path} does not end with a whole line`);
  const [first, ...others] = text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  if (first?.Metadata === undefined) throw new Error(`${path} does not begin with metadata`);
  const [year, month, day, name] = path.split('/').slice(-4);
  const [, uuid = '', sequence = ''] = /^(.*)\.(\d+)\.jsonl\.zst$/.exec(name ?? '') ?? [];
  return {
    path,
    date: `${year}/${month}/${day}`,
    uuid,
    sequence: Number(sequence),
    metadata: first.Metadata,
    rows: others.map(parseRow),
  };
}

function parseRow({ Timestamp: timestamp, RawIDM, Attributes = [] }: Line): Row {
  const timestampNs = timestampToNs(timestamp);
  if (RawIDM === undefined || timestampNs === undefined) throw new Error(`not a record: ${timestamp}`);
  const rawIdm = Buffer.from(RawIDM, 'base64');
  const info = Attributes[INET_DIAG_INFO] ?? undefined;
  return {
    timestamp,
    timestampNs,
    rawIdm,
    idm: decodeInetDiagMsg(rawIdm),
    info: info === undefined ? undefined : decodeTcpInfo(Buffer.from(info, 'base64')),
  };
}

/** Reads every archive below a folder, by connection. */
export function readOutput(output: string): Recorded[] {
  const paths = archivePaths(output);
  checkArchives(paths);
  const byUuid = new Map<string, Archive[]>();
  for (const archive of paths.map(readArchive)) {
    byUuid.set(archive.uuid, [...(byUuid.get(archive.uuid) ?? []), archive]);
  }
  return [...byUuid].map(([uuid, files]) => recorded(uuid, files));
}

function recorded(uuid: string, files: readonly Archive[]): Recorded {
  const inOrder = files.toSorted((a, b) => a.sequence - b.sequence);
  const rows = inOrder.flatMap((file) => file.rows);
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`no record of ${uuid}`);
  return { uuid, files: inOrder, rows, first, last };
}

/** Returns the one recorded connection with this local and remote port. */
export function byPorts(all: readonly Recorded[], sport: number, dport: number): Recorded {
  const found = all.filter(({ first: { idm } }) => idm.id.sport === sport && idm.id.dport === dport);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} connections ${sport}:${dport}`);
  return only;
}

/** Returns payload bytes sent, each counted once: a tail loss probe sometimes repeats some. */
export function sentBytes({ info }: Pick<Row, 'info'>): number | undefined {
  return info?.bytesSent === undefined ? undefined : info.bytesSent - (info.bytesRetrans ?? 0);
}

/** Returns the recorded states in order, without repetition. */
export function statesOf({ rows }: Recorded): number[] {
  return rows.map(({ idm }) => idm.state).filter((state, at, states) => state !== states[at - 1]);
}

/** Splits a file into its zstd frames (RFC 8878, 3.1.1) and the rest of a last incomplete one. */
export function splitFrames(path: string): { readonly frames: Buffer[]; readonly rest: Buffer } {
  const bytes = readFileSync(path);
  const frames: Buffer[] = [];
  let start = 0;
  for (let end = frameEnd(bytes, start); end !== undefined; end = frameEnd(bytes, start)) {
    frames.push(bytes.subarray(start, end));
    start = end;
  }
  return { frames, rest: bytes.subarray(start) };
}

function frameEnd(bytes: Buffer, start: number): number | undefined {
  if (bytes.length < start + 6) return undefined;
  if (bytes.readUInt32LE(start) !== 0xfd2fb528) throw new Error(`no frame at ${start}`);
  const descriptor = bytes.readUInt8(start + 4);
  // The project writes a window byte and a checksum, and neither content size nor dictionary.
  if (descriptor !== 0x04) throw new Error(`frame header descriptor ${descriptor}`);
  let at = start + 6;
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) return undefined;
    const header = bytes.readUIntLE(at, 3);
    last = (header & 1) === 1;
    const isRle = ((header >> 1) & 3) === 1;
    at += 3 + (isRle ? 1 : header >> 3);
  }
  return at + 4 <= bytes.length ? at + 4 : undefined;
}
