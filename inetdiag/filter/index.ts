/** Filter of sockets: rules, their evaluation, and their compilation to programs for the kernel. */
export { BPF_INSTRUCTION_SIZE, MAX_BPF_INSTRUCTIONS } from '../../netlink/index.js';
export { type BytecodeCost, MAX_BYTECODE_BYTES } from './bytecode.js';
export { compileFilter, excludedAtPorts, type FilterPart, type KernelFilter, unboundSocketsFilter } from './compile.js';
export { dstAddressRules, LOCAL_PREFIXES, LOCAL_RULES, LOOPBACK_RULES, srcPortRules } from './exclusions.js';
export { formatPortRange, MAX_PORT, mergePortRanges, type PortRange, PortSet, parsePortRange } from './ports.js';
export {
  beginsWith,
  comparableAddress,
  cut as cutAddress,
  formatPrefix,
  IPV4_PREFIX,
  overlapsIpv4,
  type Prefix,
  parsePrefix,
} from './prefix.js';
export { PrefixMap, PrefixSet } from './prefix-map.js';
export { type FilterRule, FilterRuleError, formatFilterRule, parseFilterRule } from './rule.js';
export { SocketFilter } from './socket-filter.js';
