/** Thread that renders the course of one connection, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PackedRequest } from './past-request.js';
import { renderPast } from './render-past.js';

const port = parentPort;
if (port === null) throw new Error('not called on a thread of a PastReader');
const answer = await renderPast(workerData as PackedRequest);
port.postMessage(answer, answer.kind === 'made' ? [answer.body.buffer] : []);
