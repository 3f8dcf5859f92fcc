/** Configuration of services: the YAML file of gihnius/monconn with further keys, and `-p` arguments. */
export { servicesConflict } from './conflicts.js';
export { formatServices } from './format-services.js';
export { FORWARD_FORM, ForwardArgumentError, parseForwardArgument } from './forward-argument.js';
export { CONFIG_KEYS, type ConfigKey, type ConfigKeyName } from './keys.js';
export { formatHost, formatSid, onlyPort, parseBackendHost, parseListenHost, parsePorts } from './listen-address.js';
export { MAX_SERVICES, parseServices, type ServicesFile } from './parse-services.js';
export { type ConfigProblem, formatProblem, ServicesConfigError } from './problem.js';
export { SEED_DIFFERENCES, type SeedDifference, type SeedNote } from './seed-differences.js';
export {
  type ClientPrefix,
  type ConfigPlace,
  DEFAULT_WAIT_MS,
  DUMP_FORMATS,
  type DumpFormat,
  FORWARD_LIMITS,
  type ForwardOptions,
  IDLE_COUNTS,
  type IdleCounts,
  type LimitOptions,
  MAX_DUMP_RATE,
  NO_LIMITS,
  PROXY_PROTOCOLS,
  type ProxyProtocol,
  REJECT_BY,
  type RejectBy,
  SERVICE_MODES,
  type ServiceConfig,
  type ServiceMode,
  WHEN_FULL,
  WHOLE_ADDRESSES,
  type WhenFull,
} from './service-config.js';
export { MAX_PREFIXES } from './value-readers.js';
export { MAX_CONFIG_BYTES } from './yaml-tree.js';
