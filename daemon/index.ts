/** Wires the collector, the saver and the subscribers of live connections into one process. */

export {
  type Config,
  type LiveConfig,
  PROCESS_MODES,
  type ProcessConfig,
  type ProcessMode,
} from './config.js';
export { Daemon, type Started } from './daemon.js';
export { keepHeapSmall } from './heap.js';
export { memoryBudget } from './memory-budget.js';
export { OutputFolderError as OutputError } from './output-folder.js';
export { loadUuidPrefix, type UuidPrefix, UuidPrefixError } from './uuid-prefix.js';
