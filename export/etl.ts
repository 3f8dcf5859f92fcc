import { INET_DIAG_MSG, INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID, type InetDiagSockId } from '../inetdiag/index.js';
import { fieldOf, formatAddress } from '../netlink/index.js';
import type { Metadata } from '../parse/index.js';
import type { SnapshotRow } from './columns/index.js';
import { ETL_FIELDS, ETL_STRUCTS, type EtlField } from './etl-columns.js';
import { JsonWriter } from './json-writer.js';
import { ReferenceRow, ReferenceStruct } from './reference-row.js';

/** Spacing of the kept snapshots. M-Lab keeps every tenth snapshot with attributes of an archive, and the last one. */
const KEEP_EVERY = 10;

/** Program information in a row. */
export interface EtlParser {
  /** Version of this program. */
  readonly version: string;
  /** Start time of the run, RFC 3339. */
  readonly time: string;
}

/** Archive of a row. */
export interface EtlArchive {
  /** Path as the user knows it; `<tar>:<member>` for a member of a tar. */
  readonly path: string;
  /** Size of the file in bytes; absent if unknown. */
  readonly bytes?: number | undefined;
}

const SPORT = at('sport');
const DPORT = at('dport');
const SRC = at('src');
const DST = at('dst');
const INTERFACE = at('interface');
const COOKIE = at('cookie');
const FAMILY = fieldOf(INET_DIAG_MSG, 'family').offset;

function at(name: Parameters<typeof fieldOf<InetDiagSockId>>[1]): number {
  return INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, name).offset;
}

/**
 * Writer of M-Lab's rows: one JSON object per archive, with the structure and names of its BigQuery tables. Holds one
 * row in memory.
 */
export class EtlRows {
  /** Output; take the rows from here. */
  readonly out: JsonWriter = new JsonWriter();

  readonly #parser: EtlParser;
  readonly #snapshots = new JsonWriter();
  #archive: EtlArchive = { path: '' };
  #count = 0;
  /** Last snapshot of the archive. */
  #last = new ReferenceRow();
  /** Row to be used for the next snapshot. */
  #spare = new ReferenceRow();
  #metadata: Metadata | undefined;

  constructor(parser: EtlParser) {
    this.#parser = parser;
  }

  /** Begins an archive. */
  begin(archive: EtlArchive): void {
    this.#archive = archive;
    this.#count = 0;
    this.#metadata = undefined;
  }

  /** Adds the archive's next snapshot. M-Lab does not count one without attributes. */
  add({ view: { record }, metadata }: SnapshotRow): void {
    const row = this.#spare;
    row.load(record);
    if (row.observed === 0) return;
    this.#spare = this.#last;
    this.#last = row;
    this.#metadata = metadata;
    if (this.#count++ % KEEP_EVERY === 0) this.#writeKept();
  }

  /** Ends the archive and writes its row, unless there was no snapshot. */
  end(): void {
    if (this.#count === 0) return;
    if ((this.#count - 1) % KEEP_EVERY !== 0) this.#writeKept();
    const { out } = this;
    const metadata = this.#metadata;
    out.ascii('{"id":');
    out.text(metadata?.uuid ?? '');
    const date = dateOf(this.#archive.path, metadata);
    if (date !== undefined) out.ascii(`,"date":"${date}"`);
    this.#writeParser();
    out.ascii(',"a":{"SockID":');
    this.#writeSockId();
    out.ascii(',"FinalSnapshot":');
    writeSnapshot(this.#last, out);
    out.ascii('},"raw":{"Metadata":');
    this.#writeMetadata(metadata);
    out.ascii(',"Snapshots":[');
    out.raw(this.#snapshots.take());
    out.ascii(']}}\n');
  }

  #writeKept(): void {
    if (this.#snapshots.length > 0) this.#snapshots.ascii(',');
    writeSnapshot(this.#last, this.#snapshots);
  }

  #writeParser(): void {
    const { path, bytes } = this.#archive;
    const { tar, member } = splitPath(path);
    const { out } = this;
    out.ascii(',"parser":{"Version":');
    out.text(this.#parser.version);
    out.ascii(`,"Time":"${this.#parser.time}"`);
    if (tar !== undefined) {
      out.ascii(',"ArchiveURL":');
      out.text(tar);
    }
    out.ascii(',"Filename":');
    out.text(member);
    if (bytes !== undefined) out.ascii(`,"FileSize":${bytes}`);
    out.ascii('}');
  }

  /** Writes the correct values, unlike the Go program: addresses by their family, the interface in host order. */
  #writeSockId(): void {
    const view = this.#last.structs[ReferenceStruct.inetDiagMsg]?.view;
    if (view === undefined) return;
    const address = (offset: number): string =>
      formatAddress(new Uint8Array(view.buffer, view.byteOffset + offset, 16), view.getUint8(FAMILY));
    const { out } = this;
    out.ascii(`{"SPort":${view.getUint16(SPORT)},"DPort":${view.getUint16(DPORT)}`);
    out.ascii(`,"SrcIP":"${address(SRC)}","DstIP":"${address(DST)}"`);
    out.ascii(`,"Interface":${view.getUint32(INTERFACE, true)},"Cookie":${view.getBigInt64(COOKIE, true)}}`);
  }

  #writeMetadata(metadata: Metadata | undefined): void {
    const { out } = this;
    if (metadata === undefined) {
      out.ascii('{}');
      return;
    }
    out.ascii('{"UUID":');
    out.text(metadata.uuid);
    out.ascii(`,"Sequence":${metadata.sequence},"StartTime":"${metadata.startTime}"}`);
  }
}

function writeSnapshot(row: ReferenceRow, out: JsonWriter): void {
  out.ascii('{');
  writeFields(ETL_FIELDS, row, out);
  for (const { name, index, fields } of ETL_STRUCTS) {
    if (row.structs[index]?.present !== true) continue;
    out.ascii(`,"${name}":{`);
    writeFields(fields, row, out);
    out.ascii('}');
  }
  out.ascii('}');
}

function writeFields(fields: readonly EtlField[], row: ReferenceRow, out: JsonWriter): void {
  let isFirst = true;
  for (const { name, type, cell } of fields) {
    out.ascii(isFirst ? `"${name}":` : `,"${name}":`);
    isFirst = false;
    const before = out.length;
    cell(row, out);
    // An empty CSV cell is an empty text.
    if (out.length === before) out.ascii(type === 'INTEGER' ? 'null' : '""');
  }
}

/**
 * Returns the date in an archive's path, as collectors and uploaders create it, else the day on which the connection
 * began.
 */
function dateOf(path: string, metadata: Metadata | undefined): string | undefined {
  const folders = [...path.matchAll(/(?:^|[/:])(\d{4})\/(\d\d)\/(\d\d)\//g)].at(-1);
  if (folders !== undefined) return folders.slice(1).join('-');
  return metadata?.startTime.slice(0, 10);
}

function splitPath(path: string): { readonly tar?: string; readonly member: string } {
  const [, tar, member] = /^(.*?\.(?:tar|tgz|tar\.gz|tar\.zst|tzst)):(.+)$/s.exec(path) ?? [];
  return tar === undefined || member === undefined ? { member: path } : { tar, member };
}
