/** Fields of rows: name, type, unit, description and reader of each value, for expressions, JSON and documents. */
export { type ConnectionFieldsOptions, type ConnectionKey, connectionFields } from './connection-fields.js';
export {
  CONNECTION_FIELDS,
  CONNECTION_FLAGS,
  CONNECTION_VOCABULARY,
  WHOLE_ALIASES,
  wholeRates,
} from './connection-vocabulary.js';
export { EXCHANGE_FIELDS, EXCHANGE_FLAGS, EXCHANGE_VOCABULARY } from './exchange-vocabulary.js';
export { explainFlowKernelPart, type FlowKernelPart, flowKernelPart, MAX_DUMPS } from './flow-kernel-part.js';
export { type FlowRow, flowRow } from './flow-row.js';
export { FLOW_FIELDS, FLOW_FLAGS, FLOW_VOCABULARY } from './flow-vocabulary.js';
export { caStateName, type Moment, nowFields } from './now-fields.js';
export {
  type FieldJsonValue,
  fieldJson,
  isScalar,
  type ObjectField,
  type RowField,
  type ScalarField,
} from './row-field.js';
export { type SocketPlace, SocketRow } from './socket-row.js';
export { SOCKET_FIELDS, SOCKET_FLAGS, SOCKET_VOCABULARY } from './socket-vocabulary.js';
export { compileWantedExchanges, type WantedExchanges } from './wanted-exchanges.js';
export { compileWantedFlows, type WantedFlows } from './wanted-flows.js';
export { slowFlag, workFields } from './work-fields.js';
