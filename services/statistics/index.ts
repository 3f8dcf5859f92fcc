/** Statistics of services: sums, clients, rates and reasons, as one object and as the lines of gihnius/monconn. */
export { createDelta, ratesOf, type ServiceDelta, type ServiceRates } from './delta.js';
export {
  addTimes,
  type LimitedSum,
  type LimitedTimes,
  limitShares,
  noTimes,
  SERVICE_LIMITS,
  type ServiceLimit,
} from './limited-times.js';
export { PayloadCounter, type PayloadFields } from './payload-counter.js';
export type { AcceptQueue, ClientReport, ServiceReport } from './report.js';
export { type ConnectionReport, connectionLine, localRfc3339, serviceLine } from './seed-lines.js';
export {
  type ConnectionFigures,
  type OpenFigures,
  type ReportQuestion,
  type ServiceIdentity,
  ServiceStatistics,
  type ServiceTotals,
} from './service-statistics.js';
