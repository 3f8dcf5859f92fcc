/** Client of the API: answers, problems, and streams that begin anew by themselves. */
export type { ApiClient, QueryParameters, StreamEvent } from './api-client.js';
export { HttpApiClient, type HttpApiClientOptions, type Reached } from './http-client.js';
export { browserStore, type KeyValueStore } from './key-value-store.js';
export { PAGE_PROBLEMS, ProblemError } from './problem-error.js';
export { splitToken, Token } from './token.js';
export { documentVisibility, type Visibility } from './visibility.js';
