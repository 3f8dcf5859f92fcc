/** Thread that builds rows of the connections in its files. */
import { workerData } from 'node:worker_threads';
import { servePaths } from '../index.js';
import { type ConnectionWorkerOptions, rowsOfPaths } from './rows-of-paths.js';

const options = workerData as ConnectionWorkerOptions;

servePaths(options.strict, rowsOfPaths(options));
