/** Runs tasks on several threads, with results in order. Each thread runs one task at a time. */
export { type PoolOptions, runInOrder } from './run-in-order.js';
export { type Emit, serveTasks } from './serve-tasks.js';
export type { RunHere } from './this-thread.js';
