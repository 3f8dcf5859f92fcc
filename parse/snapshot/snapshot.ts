import type {
  BbrInfo,
  DctcpInfo,
  InetDiagMsg,
  MemInfo,
  ScalarAttributes,
  SkMemInfo,
  SockOpt,
  UlpInfo,
  VegasInfo,
} from '../../inetdiag/index.js';
import type { TcpInfo } from '../../tcp/index.js';
import type { Metadata } from '../index.js';

/**
 * Decoded record of an archive: a socket at one moment. Attributes that hold one integer (tos, mark, …) are fields of
 * it. Data that the kernel did not send is absent.
 */
export interface Snapshot extends ScalarAttributes {
  /** Timestamp as archived, RFC 3339. */
  readonly timestamp: string;
  /** Metadata; only in the first record of a file, which has nothing else. */
  readonly metadata?: Metadata;
  /**
   * Bits of the attributes that the record has, unsigned 32 bits: `1 << (number - 1)` for each number from 1 to 32.
   * Equals the reference's Observed.
   */
  readonly observed: number;
  /**
   * Bits, as in `observed`, of the attributes that we could not decode completely: unknown or skipped attributes, bytes
   * after the known fields, truncated fields, and values that a number cannot hold. Differs from the reference's
   * NotFullyParsed, which refers to the reference's own, older structs.
   */
  readonly notDecoded: number;
  /** Numbers of unknown attributes, ascending. */
  readonly unknownAttributes: readonly number[];
  /** Numbers of known attributes that are not decoded ({@link SKIPPED_ATTRIBUTES}), ascending. */
  readonly skippedAttributes: readonly number[];
  /** Local address as text, such as `192.0.2.1`; IPv4-mapped addresses as IPv4. Absent without inetDiagMsg. */
  readonly localAddress?: string;
  /** Local port. Absent without inetDiagMsg. */
  readonly localPort?: number;
  /** Remote address as text. Absent without inetDiagMsg. */
  readonly remoteAddress?: string;
  /** Remote port; 0 for a socket that was never connected. Absent without inetDiagMsg. */
  readonly remotePort?: number;
  /** `struct inet_diag_msg`: family, state, addresses, queues. Absent only if the record has no RawIDM. */
  readonly inetDiagMsg?: InetDiagMsg;
  /** INET_DIAG_INFO. Absent for TIME_WAIT, and for FIN_WAIT2 without a full socket. */
  readonly tcpInfo?: TcpInfo;
  /** INET_DIAG_CONG, e.g. `cubic`. */
  readonly congestionAlgorithm?: string;
  /** INET_DIAG_MEMINFO. */
  readonly memInfo?: MemInfo;
  /** INET_DIAG_SKMEMINFO. */
  readonly skMemInfo?: SkMemInfo;
  /** INET_DIAG_VEGASINFO. */
  readonly vegasInfo?: VegasInfo;
  /** INET_DIAG_DCTCPINFO. */
  readonly dctcpInfo?: DctcpInfo;
  /** INET_DIAG_BBRINFO. */
  readonly bbrInfo?: BbrInfo;
  /** INET_DIAG_ULP_INFO. */
  readonly ulpInfo?: UlpInfo;
  /** INET_DIAG_SOCKOPT. */
  readonly sockopt?: SockOpt;
}

/** Mutable {@link Snapshot}, filled by the decoders. */
export type SnapshotDraft = { -readonly [K in keyof Snapshot]: Snapshot[K] } & {
  unknownAttributes: number[];
  skippedAttributes: number[];
};
