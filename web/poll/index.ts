/** Answers of the API that are asked for again and again while the page is seen. */
export { Poller, type PollerOptions } from './poller.js';
export { type Polled, usePolled } from './use-polled.js';
