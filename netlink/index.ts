/** Netlink as every family speaks it: header constants, attributes, tables of structs, addresses, rtnetlink, BPF. */

export {
  addressKey,
  anonymizeAddress,
  formatAddress,
  type InetAddress,
  isLocal,
  mappedAddress,
  parseAddress,
  v4Offset,
} from './address.js';
export {
  type AttributeSpecs,
  type AttributeTable,
  decodeAttributeAt,
  decodeAttributeInto,
  defineAttributes,
} from './attribute-table.js';
export { AttributeWalker } from './attributes.js';
export {
  ACCEPT,
  assembleBpf,
  BPF_FIND_ATTRIBUTE,
  BPF_FIND_NESTED_ATTRIBUTE,
  BPF_HARDWARE_TYPE,
  BPF_INSTRUCTION_SIZE,
  BPF_PACKET_TYPE,
  BPF_PROTOCOL,
  Bpf,
  type BpfLine,
  fitsKernel,
  type Label,
  MAX_BPF_INSTRUCTIONS,
  REJECT,
} from './bpf/assembler.js';
export { instruction, jumpIfEqual, jumpUnlessEqual, markLabel } from './bpf/lines.js';
export * from './constants.js';
export { DecodeError, type DecodeErrorDetails, requireBytes } from './decode-error.js';
export {
  buildGetAddrRequest,
  decodeInterfaceAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
} from './route/interface-addresses.js';
export {
  buildGetLinkRequest,
  buildGetLinksRequest,
  decodeLink,
  type NetworkLink,
  RTM_DELLINK,
  RTM_NEWLINK,
  RTNLGRP_LINK,
} from './route/links.js';
export {
  type AddressRange,
  buildGetRoutesRequest,
  buildGetRulesRequest,
  decodeRoute,
  decodeRule,
  FR_ACT_TO_TBL,
  type Route,
  type RoutingRule,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTM_NEWROUTE,
  RTM_NEWRULE,
  RTN_LOCAL,
} from './route/policy-routing.js';
export {
  type DecodedStruct,
  defineStruct,
  type Field,
  type FieldKind,
  type FieldName,
  type FieldSpecs,
  type FieldUnit,
  fieldOf,
  readExact,
  readField,
  readFixedStruct,
  readStruct,
  readU32,
  readU64AsNumber,
  type Struct,
} from './struct-table.js';
