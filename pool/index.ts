/** Work on several cores, its results in order: a few threads, each with one task at a time. */
export { type PoolOptions, runInOrder } from './run-in-order.js';
export { type Emit, serveTasks } from './serve-tasks.js';
export type { RunHere } from './this-thread.js';
