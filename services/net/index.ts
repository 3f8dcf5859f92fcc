/** Services of a program's own listeners, over Node's `net`: counted, limited, stopped gracefully. */
export type { ClientPrefix, IdleCounts, RejectBy, WhenFull } from '../config/index.js';
export { type CloseReason, type RejectReason, TooManyBansError } from '../limits/index.js';
export type { ClientReport, ConnectionReport, ServiceDelta, ServiceReport } from '../statistics/index.js';
export { ratesOf, type ServiceRates } from '../statistics/index.js';
export { ServiceConnection } from './connection.js';
export { ServiceError, type ServiceErrorCode } from './error.js';
export type { ServiceOptions } from './options.js';
export { createService, deleteService, getService, services, shutdown } from './registry.js';
export { type CloseOptions, Service, type ServiceListenOptions } from './service.js';
