/** Flows of recorded network namespaces for the HTTP API. Import it only when flows are looked up. */
export { FlowAnswers, type FlowAnswersOptions } from './flow-answers.js';
export type { FlowNamespace } from './place.js';
