/** Ends and counters of one direction of a tracked flow. What the protocol or the kernel does not have is absent. */
export interface FlowDirectionJson {
  readonly src: string;
  readonly sport?: number;
  readonly dst: string;
  readonly dport?: number;
  /** Identifier, type and code of ICMP messages. */
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** Zone of this direction alone. */
  readonly zone?: number;
  /** Packets and bytes with IP headers; absent unless nf_conntrack_acct was set when the flow began. */
  readonly packets?: number;
  readonly bytes?: number;
}

/** End before and after its translation, as `192.0.2.1:80`. */
export interface TranslationJson {
  readonly before: string;
  readonly after: string;
}

/** Numbers of both directions; one that the kernel does not send is absent. */
export interface FlowNumbersJson {
  readonly orig?: number;
  readonly reply?: number;
}

/** Names of flags of both directions; those that the kernel does not send are absent. */
export interface FlowFlagsJson {
  readonly orig?: readonly string[];
  readonly reply?: readonly string[];
}

/** Adjustment of sequence numbers in one direction. */
export interface SequenceAdjustmentJson {
  readonly correctionPos?: number;
  readonly offsetBefore?: number;
  readonly offsetAfter?: number;
}

/** Flow in the kernel's table, as `tcp-info conntrack list --format=jsonl` prints it. What the kernel does not send is absent. */
export interface TrackedFlowJson {
  /** Time of the listing, RFC 3339 UTC. */
  readonly time?: string;
  /** The kernel's id, a 32-bit hash. */
  readonly id?: number;
  /** `ipv4` or `ipv6`. */
  readonly family: string;
  /** IP protocol in lower case, or its number. */
  readonly protocol: string;
  readonly zone: number;
  /** State of TCP, SCTP or DCCP, e.g. `ESTABLISHED`. */
  readonly state?: string;
  /** Names of the status bits. */
  readonly status?: readonly string[];
  /** Direction that opened the flow. */
  readonly orig: FlowDirectionJson;
  /** Direction of the answers, after translation. */
  readonly reply: FlowDirectionJson;
  /** Translated ends; absent without a translation. */
  readonly nat?: { readonly source?: TranslationJson; readonly destination?: TranslationJson };
  /** Ends on this machine. */
  readonly side?: 'orig' | 'reply' | 'both' | 'forwarded';
  /** Times of start and end, RFC 3339; absent unless nf_conntrack_timestamp was set when the flow began. */
  readonly startTime?: string;
  readonly stopTime?: string;
  /** Time until the kernel forgets the flow if no packet comes. */
  readonly timeoutSec?: number;
  readonly mark?: number;
  readonly useCount?: number;
  /** Name of the helper, e.g. `ftp`. */
  readonly helper?: string;
  readonly secctx?: string;
  /** Numbers of the labels that are set. */
  readonly labels?: readonly number[];
  /** Flow that made the kernel expect this one. */
  readonly master?: FlowDirectionJson;
  readonly windowScale?: FlowNumbersJson;
  readonly tcpFlags?: FlowFlagsJson;
  /** Verification tags of SCTP. */
  readonly verificationTag?: FlowNumbersJson;
  readonly dccpRole?: 'client' | 'server';
  readonly dccpHandshakeSeq?: string;
  readonly sequenceAdjustment?: { readonly orig?: SequenceAdjustmentJson; readonly reply?: SequenceAdjustmentJson };
  readonly synproxy?: {
    readonly initialSeq?: number;
    readonly initialTimestamp?: number;
    readonly timestampOffset?: number;
  };
  /** UUID of the connection of the local socket; absent unless the collector knows it. */
  readonly uuid?: string;
}

/** Answer of `/conntrack`. */
export interface FlowsJson {
  /** Time of the listing, RFC 3339 UTC. */
  readonly time: string;
  /** Flows in the kernel's table, and its limit; null if unknown. */
  readonly entries: number | null;
  readonly maxEntries: number | null;
  /** Number of flows that the request chose; `flows` holds the first. */
  readonly matched: number;
  /** Number of flows that could not be decoded. */
  readonly undecoded: number;
  readonly flows: readonly TrackedFlowJson[];
}
