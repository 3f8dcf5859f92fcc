/** Thread that builds rows of the connections in its files. */
import { workerData } from 'node:worker_threads';
import { servePaths } from '../../tool/task-worker.js';
import { type ConnectionWorkerOptions, rowsOfPaths } from './rows-of-paths.js';

const options = workerData as ConnectionWorkerOptions;

servePaths(options.strict, rowsOfPaths(options));
