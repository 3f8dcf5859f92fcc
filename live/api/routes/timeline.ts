import type { ConnectionRow } from '../../../analysis/index.js';
import type { PastFormat } from '../../../archive/output/index.js';
import { showHtml, shownJson, showSvg } from '../../../view/connection/index.js';
import type { Reply } from '../../http/index.js';
import type { ConnectionTimeline, TimelineRange } from '../../store/index.js';
import type { TimelineJson } from '../../wire/index.js';
import { type ApiContext, type ApiRequest, type ApiRoute, JSON_HEADERS } from '../context.js';
import { findRow } from '../find-row.js';
import { PAGE_POLICY } from '../headers.js';
import { type ParameterName, type Parameters, timeRange, WIDTH_RANGE_US } from '../parameters.js';
import { lackOf, readPast } from '../past.js';

const RANGE: readonly ParameterName[] = ['netns', 'from', 'until', 'width', 'source'];

/** Routes for the course of one connection. */
export const TIMELINE_ROUTES: readonly ApiRoute[] = [
  {
    path: '/connections/{id}/timeline',
    summary: 'Course of a connection: the object of show --format=json',
    parameters: RANGE,
    answers: [{ type: 'application/json', schema: 'TimelineJson', description: 'Answer, row and timeline' }],
    handle: (request, context) => course(request, context, { kind: 'json' }),
  },
  {
    path: '/connections/{id}/picture.svg',
    summary: 'Course of a connection as a picture',
    parameters: RANGE,
    answers: [{ type: 'image/svg+xml', description: 'Picture' }],
    handle: (request, context) => course(request, context, { kind: 'svg' }),
  },
  {
    path: '/connections/{id}/picture.html',
    summary: 'Course of a connection as a page',
    parameters: RANGE,
    answers: [{ type: 'text/html', description: 'Page' }],
    handle: (request, context) =>
      course(request, context, {
        kind: 'html',
        version: context.facts.version,
        // The page is at the root of the server that sends this document.
        ...(context.hasPage ? { livePage: '' } : {}),
      }),
  },
];

/** Answers with a course: from memory, or from archives what memory lacks. @throws ProblemError */
async function course(request: ApiRequest, context: ApiContext, format: PastFormat): Promise<Reply> {
  const { parameters } = request;
  const range = rangeOf(parameters);
  const row = await findRow(request, context);
  const timeline = await context.store.timeline(row, range);
  const isMemoryWanted = parameters.word('source', ['memory']) !== undefined;
  const lack = isMemoryWanted ? undefined : lackOf(row, range, timeline);
  let { reason } = timeline;
  if (lack !== undefined) {
    const past = await readPast(request, context, { row, range, format });
    if (past.kind === 'made') return answer(format, past.body);
    reason = `${lack}: ${past.reason}`;
  }
  return answer(format, text(format, timeline, { ...row.connection }, reason));
}

/** @throws ProblemError */
function rangeOf(parameters: Parameters): TimelineRange {
  const widthUs = parameters.durationUs('width', WIDTH_RANGE_US);
  return { ...timeRange(parameters), ...(widthUs === undefined ? {} : { widthUs }) };
}

function text(format: PastFormat, timeline: ConnectionTimeline, row: ConnectionRow, reason?: string): string {
  const shown = { timeline, parts: timeline.parts };
  switch (format.kind) {
    case 'json': {
      const { source } = timeline;
      const object: TimelineJson = { ...shownJson(shown, row), source, ...(reason === undefined ? {} : { reason }) };
      return `${JSON.stringify(object)}\n`;
    }
    case 'svg':
      return showSvg(shown, row);
    case 'html':
      return showHtml(shown, row, format);
  }
}

function answer({ kind }: PastFormat, body: string | Uint8Array): Reply {
  if (kind === 'json') return { status: 200, headers: JSON_HEADERS, body };
  const type = kind === 'svg' ? 'image/svg+xml' : 'text/html';
  return { status: 200, headers: { 'Content-Type': `${type}; charset=utf-8`, ...PAGE_POLICY }, body };
}
