/** Requests and streams of the live API, from a browser. */
export { type ApiClient, ProblemError, type QueryParameters, type StreamEvent } from './api-client.js';
