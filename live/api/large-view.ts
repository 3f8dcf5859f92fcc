import { setImmediate } from 'node:timers/promises';
import type { AnswerStream } from '../http/index.js';
import type { ViewJson } from '../wire/index.js';

/** Longest time without a turn for other work, milliseconds. */
const SLICE_MS = 1.5;
/** Rows between two looks at the clock. */
const ROWS = 16;

/**
 * Writes a view as `JSON.stringify` formats it, in slices between which the collector gets its turn. Each slice waits
 * until the client's socket has taken the one before.
 */
export async function writeView(view: ViewJson, stream: AnswerStream): Promise<void> {
  for (const piece of slices(view)) {
    stream.write(piece);
    await stream.drained();
    await setImmediate();
    if (!stream.isOpen) return;
  }
  stream.end();
}

function* slices({ connections, ...view }: ViewJson): Generator<string, void, undefined> {
  let text = `${JSON.stringify(view).slice(0, -1)},"connections":[`;
  let startMs = performance.now();
  for (let i = 0; i < connections.length; i++) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(connections[i])}`;
    if (i % ROWS !== ROWS - 1 || performance.now() - startMs < SLICE_MS) continue;
    yield text;
    text = '';
    startMs = performance.now();
  }
  yield `${text}]}\n`;
}
