/** Answers to questions about the connections of a store, for the HTTP API and `top`. */
export type { Answering, GroupsRequest } from './answering.js';
export { applyDelta, deltaOf } from './delta.js';
export { RequestError } from './request-error.js';
export { StoreAnswers, type StoreAnswersOptions } from './store-answers.js';
export type { ViewMessage } from './subscription.js';
export { CLOSED_CHOICES, type ClosedChoice, type ViewRequest } from './view-request.js';
