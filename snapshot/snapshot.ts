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
} from '../inetdiag/index.js';
import type { Metadata } from '../parse/index.js';
import type { TcpInfo } from '../tcp/index.js';

/**
 * One archived record, decoded: a socket at one moment. The attributes that are one integer (tos, mark, …) are among
 * its fields. What the kernel did not send is absent.
 */
export interface Snapshot extends ScalarAttributes {
  /** When, RFC 3339, as the archive has it. */
  readonly timestamp: string;
  /** In the first record of a file, which has nothing else. */
  readonly metadata?: Metadata;
  /**
   * Which attributes there are, unsigned 32 bits: `1 << (number - 1)` for each, numbers 0 and above 32 count for nothing.
   * The same as the reference's Observed.
   */
  readonly observed: number;
  /**
   * Which of these we could not decode whole, likewise: unknown or skipped attributes, bytes behind the fields that we
   * know, fields cut short, and values that a number cannot hold. Not the reference's NotFullyParsed, which tells the
   * same of the reference's own, older structs.
   */
  readonly notDecoded: number;
  /** Numbers of attributes that we do not know, ascending. */
  readonly unknownAttributes: readonly number[];
  /** Numbers of attributes that we know and do not decode ({@link SKIPPED_ATTRIBUTES}), ascending. */
  readonly skippedAttributes: readonly number[];
  /** Local address as text, such as `192.0.2.1`; an IPv4-mapped one as IPv4. Absent without inetDiagMsg. */
  readonly localAddress?: string;
  /** Local port. Absent without inetDiagMsg. */
  readonly localPort?: number;
  /** Remote address as text. Absent without inetDiagMsg. */
  readonly remoteAddress?: string;
  /** Remote port; 0 of a socket that was never connected. Absent without inetDiagMsg. */
  readonly remotePort?: number;
  /** INET_DIAG_MSG: family, state, addresses, queues. Absent only where the record has no RawIDM. */
  readonly inetDiagMsg?: InetDiagMsg;
  /** INET_DIAG_INFO. Absent of TIME_WAIT and of FIN_WAIT2 without a full socket. */
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

/** A snapshot in the making. */
export type SnapshotDraft = { -readonly [K in keyof Snapshot]: Snapshot[K] } & {
  unknownAttributes: number[];
  skippedAttributes: number[];
};
