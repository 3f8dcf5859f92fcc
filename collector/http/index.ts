/** HTTP exchanges of the recorded network namespaces, read from packets. Import it only when they are read. */
export type { Capture, CaptureStart } from './captures.js';
export { ExchangeCollector, type ExchangeCollectorOptions } from './exchange-collector.js';
export { groupsOfPorts, type NamedPorts } from './exchange-counter.js';
