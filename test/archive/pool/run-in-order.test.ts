import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PoolOptions, type RunHere, runInOrder } from '../../../archive/pool/index.js';
import { WINDOW_PIECES } from '../../../archive/pool/messages.js';

/** A task: its number, and how many pieces it emits. */
interface Task {
  readonly id: number;
  readonly pieces: number;
}

interface Piece {
  readonly id: number;
  readonly piece: number;
  readonly from: 'thread' | 'here';
}

/** Implements the protocol of a pool thread. A negative number of pieces is an error. */
const WORKER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ kind, task }) => {
      if (kind !== 'task') return;
      if (task.pieces < 0) throw new Error('task ' + task.id);
      for (let piece = 0; piece < task.pieces; piece++)
        parentPort.postMessage({ kind: 'piece', piece: { id: task.id, piece, from: 'thread' } });
      parentPort.postMessage({ kind: 'end' });
    });`)}`,
);

const here: RunHere<Task, Piece> = async ({ id, pieces }, emit, signal) => {
  if (pieces < 0) throw new Error(`task ${id}`);
  for (let piece = 0; piece < pieces; piece++) {
    signal.throwIfAborted();
    await turn();
    await emit({ id, piece, from: 'here' });
  }
};

async function run(counts: readonly number[], options: Partial<PoolOptions<Task, Piece>>): Promise<Piece[]> {
  const tasks = counts.map((pieces, id) => ({ id, pieces }));
  const pieces: Piece[] = [];
  for await (const piece of runInOrder<Task, Piece>(tasks, { worker: WORKER, threads: 2, ...options }))
    pieces.push(piece);
  return pieces;
}

/** Pieces of all tasks, in order. */
function expected(counts: readonly number[]): Omit<Piece, 'from'>[] {
  return counts.flatMap((pieces, id) => Array.from({ length: pieces }, (_, piece) => ({ id, piece })));
}

const without = (pieces: readonly Piece[]): Omit<Piece, 'from'>[] => pieces.map(({ id, piece }) => ({ id, piece }));

describe('a pool', () => {
  it('returns the pieces in task order, whichever thread makes them', { timeout: 60_000 }, async () => {
    const counts = fc.array(fc.nat({ max: 3 * WINDOW_PIECES }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 1, max: 3 }), fc.boolean(), async (each, threads, isHere) => {
        const pieces = await run(each, { threads, ...(isHere ? { here } : {}) });
        expect(without(pieces)).toEqual(expected(each));
        if (!isHere) expect(pieces.every(({ from }) => from === 'thread')).toBe(true);
        else if (threads === 1) expect(pieces.every(({ from }) => from === 'here')).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('starts the first task on this thread', async () => {
    const [first] = await run([1, 1, 1, 1], { here });
    expect(first).toEqual({ id: 0, piece: 0, from: 'here' });
  });

  it('runs ahead of the consumer by its window at most, on this thread as well', async () => {
    let given = 0;
    const counting: RunHere<Task, Piece> = async (task, emit, signal) => {
      await here(
        task,
        async (piece) => {
          given++;
          await emit(piece);
        },
        signal,
      );
    };
    const tasks = [{ id: 0, pieces: 10 * WINDOW_PIECES }];
    const pieces = runInOrder<Task, Piece>(tasks, { worker: WORKER, threads: 1, here: counting });
    await pieces.next();
    for (let turns = 0; turns < 20 * WINDOW_PIECES; turns++) await turn();
    expect(given).toBeLessThanOrEqual(WINDOW_PIECES + 1);
    expect(given).toBeGreaterThan(1);
    await pieces.return();
  });

  it.each([
    ['a thread', {}],
    ['this thread', { here }],
  ] as const)('rethrows an error of %s', async (_, options) => {
    await expect(run([-1, 2, 2], options)).rejects.toThrow('task 0');
  });

  it('aborts its tasks when the consumer stops', async () => {
    let ended: unknown;
    const endless: RunHere<Task, Piece> = async (_, emit, signal) => {
      try {
        await emit({ id: 0, piece: 0, from: 'here' });
        for (;;) {
          signal.throwIfAborted();
          await turn();
        }
      } catch (error) {
        ended = error;
        throw error;
      }
    };
    const pieces = runInOrder<Task, Piece>([{ id: 0, pieces: 1 }], { worker: WORKER, threads: 1, here: endless });
    await pieces.next();
    await pieces.return();
    expect(ended).toMatchObject({ name: 'AbortError' });
  });
});
