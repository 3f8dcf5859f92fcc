import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpExchange } from '../../http/index.js';
import { capture } from './capture.js';
import { Conversation, type Segment, segmented } from './wire.js';

interface Message {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly framing: 'length' | 'chunked' | 'none';
  readonly bodyBytes: number;
  /** Whether its request is sent before the answer to the one before it has come. */
  readonly pipelined: boolean;
}

const message: fc.Arbitrary<Message> = fc.record({
  method: fc.constantFrom('GET' as const, 'HEAD' as const, 'POST' as const),
  framing: fc.constantFrom('length' as const, 'chunked' as const, 'none' as const),
  bodyBytes: fc.integer({ min: 0, max: 3000 }),
  pipelined: fc.boolean(),
});

const messages = fc.array(message, { minLength: 1, maxLength: 12 });

function bodyOf(framing: Message['framing'], bytes: number): { field: string; body: string } {
  const content = 'x'.repeat(bytes);
  if (framing === 'length') return { field: `Content-Length: ${bytes}\r\n`, body: content };
  const half = Math.ceil(bytes / 2);
  const pieces = [content.slice(0, half), content.slice(half)].filter((each) => each !== '');
  const chunks = pieces.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join('');
  return { field: 'Transfer-Encoding: chunked\r\n', body: `${chunks}0\r\n\r\n` };
}

function request({ method, framing, bodyBytes }: Message, id: number): string {
  const { field, body } = method === 'POST' ? bodyOf(framing, bodyBytes) : { field: '', body: '' };
  return `${method} /${id} HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n${field}\r\n${body}`;
}

function answer({ method, framing, bodyBytes }: Message, id: number): string {
  const head = `HTTP/1.1 ${framing === 'none' ? '204 No Content' : '200 OK'}\r\nX-Id: ${id}\r\n`;
  if (framing === 'none') return `${head}\r\n`;
  const { field, body } = bodyOf(framing, bodyBytes);
  return `${head}${field}\r\n${method === 'HEAD' ? '' : body}`;
}

/** Writes a connection; groups of pipelined requests are sent in one go, and so are their answers. */
function converse(all: readonly Message[], isOpened: boolean, isClosed: boolean): Segment[] {
  const conversation = new Conversation(0x7ffffff0, -5);
  if (isOpened) conversation.open();
  let group: number[] = [];
  const flush = () => {
    conversation.client(group.map((id) => request(all[id] as Message, id)).join(''));
    conversation.server(group.map((id) => answer(all[id] as Message, id)).join(''));
    group = [];
  };
  for (const [id, { pipelined }] of all.entries()) {
    if (!pipelined && group.length > 0) flush();
    group.push(id);
  }
  flush();
  if (isClosed) conversation.close();
  return conversation.segments;
}

const OPTIONS = { headers: ['X-Id'] };

/** An exchange may be incomplete, but then it says so; and it never has an answer of another request. */
function requireTruth(exchanges: readonly HttpExchange[], count: number): void {
  const requests = new Set<string>();
  const answers = new Set<string>();
  for (const { missing, headers, method, status, path } of exchanges) {
    const asked = headers.request['x-id'];
    const answered = headers.response['x-id'];
    if (missing === null) {
      expect(answered).toBe(asked);
      expect(path).toBe(`/${asked}`);
      expect(status).not.toBeNull();
    } else if (asked !== undefined && answered !== undefined) {
      expect(answered, `${method} ${path} ${missing}`).toBe(asked);
    }
    if (asked !== undefined) expect(requests.size).toBeLessThan(requests.add(asked).size);
    if (answered !== undefined) expect(answers.size).toBeLessThan(answers.add(answered).size);
  }
  expect(requests.size).toBeLessThanOrEqual(count);
}

/** Number of connections; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 500);
const TIMEOUT_MS = 60_000 + 10 * numRuns;

describe('pairs', { timeout: TIMEOUT_MS }, () => {
  it('are all found, however a whole connection is cut into segments', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 2000 }), fc.boolean(), (all, size, isClosed) => {
        const { exchanges, counts } = capture(segmented(converse(all, true, isClosed), size), OPTIONS);
        expect(exchanges.map(({ headers }) => headers.response['x-id'])).toEqual(all.map((_, id) => String(id)));
        expect(exchanges.every(({ missing }) => missing === null)).toBe(true);
        requireTruth(exchanges, all.length);
        expect(counts).toMatchObject({ gaps: 0, heldBytes: 0, flows: 0 });
      }),
      { numRuns },
    );
  });

  it('are right or named when segments are lost, doubled and moved', () => {
    const damage = fc.record({
      kind: fc.constantFrom('lose' as const, 'double' as const, 'move' as const),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 1, max: 2000 }),
        fc.boolean(),
        fc.array(damage, { maxLength: 6 }),
        fc.option(fc.integer({ min: 40, max: 600 }), { nil: undefined }),
        (all, size, isOpened, damages, snaplen) => {
          const segments = segmented(converse(all, isOpened, true), size);
          for (const { kind, at, by } of damages) {
            const index = at % segments.length;
            const [taken] = segments.splice(index, kind === 'double' ? 0 : 1);
            const each = taken ?? (segments[index] as Segment);
            if (kind !== 'lose') segments.splice(Math.min(index + by, segments.length), 0, each);
            if (segments.length === 0) return;
          }
          const options = snaplen === undefined ? OPTIONS : { ...OPTIONS, snaplen };
          requireTruth(capture(segments, options).exchanges, all.length);
        },
      ),
      { numRuns: 2 * numRuns },
    );
  });

  it('are right or named when the capture begins anywhere, also with pipelining', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 20, max: 2000 }), fc.nat(), (all, size, from) => {
        const segments = segmented(converse(all, true, true), size);
        requireTruth(capture(segments.slice(from % segments.length), OPTIONS).exchanges, all.length);
      }),
      { numRuns },
    );
  });
});
