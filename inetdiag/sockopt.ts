/** struct inet_diag_sockopt — include/uapi/linux/inet_diag.h, 2 bytes of bits. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** Boolean options of a socket. */
export interface SockOpt extends DecodedStruct {
  /** IP_RECVERR is set. */
  readonly recverr?: boolean;
  /** The socket is connection-oriented: always true for TCP. */
  readonly isIcsk?: boolean;
  /** IP_FREEBIND is set. */
  readonly freebind?: boolean;
  /** IP_HDRINCL is set. */
  readonly hdrincl?: boolean;
  /** IP_MULTICAST_LOOP is set, as it is by default. */
  readonly mcLoop?: boolean;
  /** IP_TRANSPARENT is set. */
  readonly transparent?: boolean;
  /** IP_MULTICAST_ALL is set, as it is by default for AF_INET sockets. */
  readonly mcAll?: boolean;
  /** IP_NODEFRAG is set. */
  readonly nodefrag?: boolean;
  /** IP_BIND_ADDRESS_NO_PORT is set. */
  readonly bindAddressNoPort?: boolean;
  /** IP_RECVERR_RFC4884 is set. */
  readonly recverrRfc4884?: boolean;
  /** A TCP Fast Open connect waits for the first data. */
  readonly deferConnect?: boolean;
}

/** Table of `struct inet_diag_sockopt`. */
export const INET_DIAG_SOCKOPT_STRUCT: Struct<SockOpt> = defineStruct<SockOpt>('struct inet_diag_sockopt', 2, {
  recverr: { cName: 'recverr', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [0, 1] },
  isIcsk: { cName: 'is_icsk', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [1, 1] },
  freebind: { cName: 'freebind', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [2, 1] },
  hdrincl: { cName: 'hdrincl', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [3, 1] },
  mcLoop: { cName: 'mc_loop', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [4, 1] },
  transparent: { cName: 'transparent', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [5, 1] },
  mcAll: { cName: 'mc_all', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [6, 1] },
  nodefrag: { cName: 'nodefrag', offset: 0, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [7, 1] },
  bindAddressNoPort: {
    cName: 'bind_address_no_port',
    offset: 1,
    size: 1,
    kind: 'flag',
    unit: 'bool',
    since: '5.10',
    bits: [0, 1],
  },
  recverrRfc4884: {
    cName: 'recverr_rfc4884',
    offset: 1,
    size: 1,
    kind: 'flag',
    unit: 'bool',
    since: '5.10',
    bits: [1, 1],
  },
  deferConnect: { cName: 'defer_connect', offset: 1, size: 1, kind: 'flag', unit: 'bool', since: '5.10', bits: [2, 1] },
});

/** Decodes one INET_DIAG_SOCKOPT payload of any length. Does not throw. */
export function decodeSockOpt(payload: Uint8Array): SockOpt {
  return readStruct(payload, INET_DIAG_SOCKOPT_STRUCT);
}

/** Options that allow a socket to bind to a foreign address. */
export interface BindingOptions {
  /** IP_TRANSPARENT: the socket may bind to the address of any machine. */
  readonly transparent: boolean;
  /** IP_FREEBIND: the socket may bind to an address that this machine does not have yet. */
  readonly freebind: boolean;
}

/** Reads only {@link BindingOptions} of an INET_DIAG_SOCKOPT payload; undefined without a payload. Does not throw. */
export function readBindingOptions(payload: Uint8Array | null | undefined): BindingOptions | undefined {
  const bits = payload?.[0];
  if (bits === undefined) return undefined;
  return { transparent: (bits & TRANSPARENT) !== 0, freebind: (bits & FREEBIND) !== 0 };
}

/** Bits of the first byte. */
const FREEBIND = 1 << 2;
const TRANSPARENT = 1 << 5;
