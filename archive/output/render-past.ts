import type { ConnectionRow } from '../../analysis/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import {
  type Shown,
  ShownConnection,
  showHtml,
  shownJson,
  showSvg,
  unpackCells,
  widened,
} from '../../view/connection/index.js';
import { visitRecords } from '../index.js';
import { fileSource } from '../input/index.js';
import { ArchiveFolder } from './archive-folder.js';
import { JoinedTimeline } from './joined-timeline.js';
import type { PackedRequest, PastAnswer, PastRequest } from './past-request.js';

/** Reads the archives of a connection and renders its course: of archives alone if they have all of it. */
export async function renderPast(packed: PackedRequest): Promise<PastAnswer> {
  const { packed: cells, ...memory } = packed.memory;
  const request: PastRequest = { ...packed, memory: { ...memory, cells: unpackCells(cells) } };
  const { folder, uuid, startUs, endUs, isOpen, range } = request;
  const paths = await new ArchiveFolder(folder).find(uuid, startUs / 1000, Math.max(startUs, endUs) / 1000);
  if (paths.length === 0) return { kind: 'unreadable', reason: 'there is no readable archive of this connection yet' };
  if (!isOpen || range.untilUs !== undefined) {
    const whole = await readWhole(request, paths);
    if (whole !== undefined) return whole;
  }
  return await readJoined(request, paths);
}

/** Returns the course from archives alone; undefined if they lack its end. */
async function readWhole(request: PastRequest, paths: readonly string[]): Promise<PastAnswer | undefined> {
  const { range, widthUs, identity, endUs, isOpen } = request;
  const shown = new ShownConnection(range);
  const read = await readInto(shown, request, paths);
  const { row } = shown;
  if (row === undefined) return undefined;
  const hasEnd = !isOpen && read.lastUs >= endUs;
  if (!hasEnd && read.lastUs < (range.untilUs ?? Number.POSITIVE_INFINITY)) return undefined;
  const timeline = widened(shown.timeline, widthUs);
  return made(request, { timeline, parts: shown.parts }, hasEnd ? { ...row, ...identity } : request.row, read);
}

async function readJoined(request: PastRequest, paths: readonly string[]): Promise<PastAnswer> {
  const { range, widthUs, memory, row } = request;
  const timeline = new JoinedTimeline(memory, widthUs);
  const shown = new ShownConnection(range, timeline);
  const read = await readInto(shown, request, paths);
  if (shown.row === undefined) {
    return {
      kind: 'unreadable',
      reason: read.problem ?? 'the archives of this connection have no readable record yet',
    };
  }
  const memoryFromUs = timeline.join();
  const { startUs, spanUs, cellUs } = timeline;
  const whole = { startUs, spanUs: spanUs + (memoryFromUs === undefined ? 0 : memory.cellUs), cellUs };
  return made(request, { timeline: { ...whole, cells: () => timeline.cells() }, parts: shown.parts }, row, read, {
    ...(memoryFromUs === undefined ? {} : { memoryFromUs }),
  });
}

/** Result of reading archives. */
interface Read {
  /** Time of the last record, microseconds since 1970; -Infinity without any. */
  readonly lastUs: number;
  /** First problem. */
  readonly problem: string | undefined;
}

/** Reads the archives of the connection that began at the request's time, as far as they are whole. */
async function readInto(shown: ShownConnection, { startTime }: PastRequest, paths: readonly string[]): Promise<Read> {
  let problem: string | undefined;
  const onProblem = (error: Error): void => {
    problem ??= error.message;
  };
  for (const path of paths) {
    let isOwn: boolean | undefined;
    /** Returns false for a record of another connection. */
    const add = (record: ArchivedRecord): boolean => {
      if (isOwn === undefined) {
        isOwn = record.metadata?.startTime === startTime;
        if (isOwn) shown.begin(path);
      }
      if (isOwn) shown.add(record);
      return isOwn;
    };
    archive: for await (const taken of visitRecords(fileSource(path), add, { onProblem })) {
      for (const isTaken of taken) if (!isTaken) break archive;
    }
  }
  return { lastUs: shown.lastUs, problem };
}

function made(
  request: PastRequest,
  shown: Shown,
  row: ConnectionRow,
  { problem }: Read,
  more: object = {},
): PastAnswer {
  const body = new TextEncoder().encode(text(request, shown, row, more));
  return { kind: 'made', body, ...(problem === undefined ? {} : { problem }) };
}

function text({ format }: PastRequest, shown: Shown, row: ConnectionRow, more: object): string {
  switch (format.kind) {
    case 'json':
      return `${JSON.stringify({ ...shownJson(shown, row), source: 'archive', ...more })}\n`;
    case 'svg':
      return showSvg(shown, row);
    case 'html':
      return showHtml(shown, row, format);
  }
}
