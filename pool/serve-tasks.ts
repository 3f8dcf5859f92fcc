import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';
import { Window } from './window.js';

/**
 * Gives away a piece of a task's result, and waits while too many have not been taken.
 * @param transfer memory that goes with it and is gone here, see worker_threads' postMessage
 */
export type Emit<Piece> = (piece: Piece, transfer?: readonly ArrayBuffer[]) => Promise<void>;

/**
 * What a thread of {@link runInOrder} does: each task it is given, one after the other. What `run` throws ends the thread
 * and is thrown by `runInOrder`.
 */
export function serveTasks<Task, Piece>(run: (task: Task, emit: Emit<Piece>) => Promise<void>): void {
  const port = parentPort;
  if (port === null) throw new Error('serve tasks: this is no thread of a pool');
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
    // An unhandled rejection ends the thread, with an error that its owner gets.
    last = last.then(() => run(message.task as Task, emit)).then(() => post({ kind: 'end' }));
  });
}
