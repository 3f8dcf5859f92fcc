import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';
import { Window } from './window.js';

/**
 * Emits a piece of a task's result, and waits while too many pieces are not taken yet.
 * @param transfer memory to transfer with the piece, see postMessage of worker_threads
 */
export type Emit<Piece> = (piece: Piece, transfer?: readonly ArrayBuffer[]) => Promise<void>;

/**
 * Runs the tasks of a thread of {@link runInOrder}, one after the other. An error of `run` ends the thread, and
 * `runInOrder` throws it.
 */
export function serveTasks<Task, Piece>(run: (task: Task, emit: Emit<Piece>) => Promise<void>): void {
  const port = parentPort;
  if (port === null) throw new Error('serve tasks: not called on a thread of a pool');
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const window = new Window();
  let last = Promise.resolve();
  const emit: Emit<Piece> = async (piece, transfer) => {
    post({ kind: 'piece', piece }, transfer);
    await window.given();
  };
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'taken') {
      window.taken();
      return;
    }
    // An unhandled rejection ends the thread, and its owner receives the error.
    last = last.then(() => run(message.task as Task, emit)).then(() => post({ kind: 'end' }));
  });
}
