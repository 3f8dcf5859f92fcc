/** Forwarder: services with a listener of our own in the data path, on a relay's thread. */
export { type ForwardObserver, monotonicMs } from './context.js';
export { DumpFileError } from './dump-files.js';
export { Forwarder, type ForwarderOptions, ForwardReloadError, type Reloaded } from './forwarder.js';
export { ForwardListenError } from './listen.js';
export { findLoop, type KnownAddresses } from './loops.js';
export { isOwnAddress } from './own-addresses.js';
export { readPolicyRouting } from './read-policy-routing.js';
export { missingReplyRouting, type PolicyRouting, type TransparentBackend } from './reply-routing.js';
export { type Lookup, Resolver, systemLookup } from './resolver.js';
export type { ForwardedService } from './service.js';
