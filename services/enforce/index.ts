/** Enforcement in watched services: from connections that opened and ended to sockets that are to be destroyed. */
export {
  type CommandReason,
  DESTROY_RESULTS,
  DESTROYS_PER_SECOND,
  type Destroy,
  type DestroyReason,
  type DestroyResult,
  type EnforcedConnection,
  Enforcer,
  type EnforcerOptions,
  type Happened,
  type Opened,
} from './enforcer.js';
export { Pace } from './pace.js';
