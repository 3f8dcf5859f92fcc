/** Flows of connections in connection tracking. Import it only when they are looked up. */
export { FlowLookups, type FlowLookupsOptions, type KnownFlow } from './flow-lookups.js';
export { netfilterRequester } from './netfilter-requester.js';
export { conntrackRefusal, FlowLookupError } from './probe.js';
export { askTableEntries } from './table-entries.js';
