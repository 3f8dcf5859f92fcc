/** Netlink as every family speaks it: header constants, attributes, tables of structs, addresses, rtnetlink. */

export {
  addressKey,
  anonymizeAddress,
  formatAddress,
  type InetAddress,
  isLocal,
  parseAddress,
  v4Offset,
} from './address.js';
export { type AttributeSpecs, type AttributeTable, decodeAttributeInto, defineAttributes } from './attribute-table.js';
export { AttributeWalker } from './attributes.js';
export * from './constants.js';
export { DecodeError, type DecodeErrorDetails, requireBytes } from './decode-error.js';
export {
  buildGetAddrRequest,
  decodeInterfaceAddress,
  NETLINK_ROUTE,
  RTM_NEWADDR,
} from './route/interface-addresses.js';
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
