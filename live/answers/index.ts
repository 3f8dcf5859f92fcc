/** Answers to questions about the connections of a store, for the HTTP API and `top`. */

export { CLOSED_CHOICES, type ClosedChoice } from '../wire/index.js';
export type { AlertAnswering } from './alert-answering.js';
export type { Answering, GroupsRequest, SummaryRequest } from './answering.js';
export { applyDelta, deltaOf } from './delta.js';
export {
  type FlowAnswering,
  FlowsError,
  type FlowsErrorCode,
  type FlowsRequest,
  NoFlowAnswers,
} from './flow-answering.js';
export type { KeyValue } from './group.js';
export { type GroupField, parseGroupFields } from './groups.js';
export { type HttpAnswering, NoHttpAnswers, NoHttpError } from './http-answering.js';
export type { HttpRates } from './http-rates.js';
export { type NetworkAnswering, NoNetworkAnswers, NoNetworkError } from './network-answering.js';
export { quantile } from './quantile.js';
export { RequestError } from './request-error.js';
export { inSlices, type SlicedWork } from './slices.js';
export { StepSorter } from './sort-in-steps.js';
export { compareValues, parseSortBy, type SortKey, type SortValue } from './sort-keys.js';
export { StoreAnswers, type StoreAnswersOptions } from './store-answers.js';
export type { ViewMessage } from './subscription.js';
export type { ViewRequest } from './view-request.js';
export {
  type WatchAnswering,
  WatchError,
  type WatchErrorCode,
  type WatchRequest,
} from './watch-answering.js';
