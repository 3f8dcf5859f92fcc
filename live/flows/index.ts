/** Flows of the collector's network namespace for the HTTP API. Import it only when flows are looked up. */
export { FlowAnswers, type FlowAnswersOptions } from './flow-answers.js';
