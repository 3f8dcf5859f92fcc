import type { LiveAddress } from '../../live/client/index.js';
import { askLiveApi } from './live-api.js';

/** Facts about the flight recorder of a collector. */
export interface RecorderFindings {
  /** Status of the answer; absent without one. */
  readonly status?: number;
  /** Bytes in memory, and their limit. */
  readonly memory?: { readonly bytes: number; readonly maxBytes: number };
  readonly path?: string;
  /** Complete recordings. */
  readonly saved?: number;
  /** Reason why the newest recording failed, if it did. */
  readonly failure?: string;
}

/** Asks the collector of a place for its flight recorder. */
export async function probeRecorder(place: LiveAddress): Promise<RecorderFindings> {
  let answer: Awaited<ReturnType<typeof askLiveApi>>;
  try {
    answer = await askLiveApi(place, '/recordings');
  } catch {
    return {}; // the check of the live API says why no one answers
  }
  const { status, body } = answer;
  const { memory, path, recordings } = body as Readonly<Record<string, unknown>>;
  if (status !== 200 || !isMemory(memory) || typeof path !== 'string' || !Array.isArray(recordings)) return { status };
  const listed = recordings as readonly { readonly state?: unknown; readonly error?: unknown }[];
  const last = listed.at(-1);
  return {
    ...{ status, memory: { bytes: memory.bytes, maxBytes: memory.maxBytes }, path },
    saved: listed.filter(({ state }) => state === 'saved').length,
    ...(last?.state === 'failed' ? { failure: String(last.error) } : {}),
  };
}

function isMemory(value: unknown): value is { readonly bytes: number; readonly maxBytes: number } {
  const { bytes, maxBytes } = { ...(value as object) } as Readonly<Record<string, unknown>>;
  return typeof bytes === 'number' && typeof maxBytes === 'number';
}
