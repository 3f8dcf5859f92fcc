import { Readable } from 'node:stream';
import { readFrames, ZstdError } from '../../zstd/index.js';
import type { FrameName } from '../wire/index.js';

/** Most bytes of a frame's lines: twice what a collector writes. */
const MOST_CONTENT_BYTES = 2 ** 20;

/** Reason why a frame is set aside. */
export const POISON_REASONS = ['id', 'headers', 'frame', 'rows', 'origin', 'json'] as const;
/**
 * One of {@link POISON_REASONS}: the id or the headers are not those of a frame; it is cut or damaged; it has another
 * number of lines; a line is of another node; a line is not JSON.
 */
export type PoisonReason = (typeof POISON_REASONS)[number];

/**
 * Checks a frame: whole, with so many lines, the first and the last of its node. Returns what is wrong.
 * @param all true to parse all lines
 */
export async function checkFrame(
  data: Uint8Array,
  rows: number,
  name: FrameName,
  all = false,
): Promise<PoisonReason | undefined> {
  const content = await contentOf(data);
  if (content === undefined) return 'frame';
  const lines = content.toString().split('\n');
  // A frame ends with a newline.
  if (lines.pop() !== '' || lines.length !== rows) return 'rows';
  const checked = all ? lines : [lines[0] ?? '', lines.at(-1) ?? ''];
  for (const line of checked) {
    const origin = originOf(line, name.kind === 's');
    if (origin === undefined) return 'json';
    if (origin.cluster !== name.cluster || origin.node !== name.node) return 'origin';
  }
  return undefined;
}

/** Returns the content of exactly one whole frame; undefined for anything else. */
async function contentOf(data: Uint8Array): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let [ends, end, bytes] = [0, 0, 0];
  try {
    for await (const event of readFrames(Readable.from([Buffer.from(data.buffer, data.byteOffset, data.length)]))) {
      if (event.kind === 'end') {
        ends++;
        end = event.end;
        continue;
      }
      bytes += event.content.length;
      if (bytes > MOST_CONTENT_BYTES) return undefined;
      pieces.push(event.content);
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    return undefined;
  }
  return ends === 1 && end === data.length ? Buffer.concat(pieces) : undefined;
}

function originOf(line: string, isSnapshot: boolean): { cluster: unknown; node: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // the caller sets the frame aside
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const values = value as Record<string, unknown>;
  return isSnapshot
    ? { cluster: values['Cluster'], node: values['Node'] }
    : { cluster: values['cluster'], node: values['node'] };
}
