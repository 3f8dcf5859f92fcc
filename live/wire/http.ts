/** Bytes of a message: its head with the empty line, and its body with what frames it. */
export interface MessageBytesJson {
  readonly head: number;
  readonly body: number;
}

/** HTTP exchange, as `tcp-info http --format=jsonl` prints it and archives have it. What is not known is null. */
export interface HttpExchangeJson {
  /** Time of the request's first byte, RFC 3339 UTC. */
  readonly time: string;
  readonly uuid: string | null;
  readonly netns: string | null;
  readonly interface: string;
  readonly side: 'server' | 'client' | 'local' | 'forwarded' | 'unknown';
  readonly client: string;
  readonly server: string;
  readonly method: string | null;
  readonly host: string;
  readonly path: string | null;
  readonly section: string | null;
  readonly version: string;
  readonly status: number | null;
  readonly requestBytes: MessageBytesJson | null;
  readonly responseBytes: MessageBytesJson | null;
  readonly requestUs: number | null;
  readonly ttfbUs: number | null;
  readonly responseUs: number | null;
  readonly durationUs: number | null;
  readonly serverUs: number | null;
  readonly rttUs: number | null;
  readonly position: number;
  readonly continued: boolean;
  readonly upgraded: boolean;
  readonly bodyEstimated?: boolean;
  readonly conflictingLength?: boolean;
  readonly missing: 'request' | 'response' | 'gap' | 'truncated' | 'start' | 'overload' | null;
  readonly headers: {
    readonly request?: Readonly<Record<string, string>>;
    readonly response?: Readonly<Record<string, string>>;
  };
}

/** Percentiles; null without values. */
export interface PercentilesJson {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Requests of one section of a host. */
export interface HttpSectionJson {
  readonly section: string;
  /** Present for all sections that are not counted apart. */
  readonly rest?: true;
  readonly requests: number;
  readonly methods: Readonly<Record<string, number>>;
  readonly ttfbUs: PercentilesJson;
}

/** HTTP exchanges of one host. */
export interface HttpHostJson {
  readonly host: string;
  /** Present for all hosts that are not counted apart. */
  readonly rest?: true;
  readonly requests: number;
  readonly responses: number;
  /** Exchanges that are not whole; they are in no time. */
  readonly incomplete: number;
  /** Answers by status code. */
  readonly status: Readonly<Record<string, number>>;
  /** Sections with most requests, at most 20. */
  readonly sections: readonly HttpSectionJson[];
  readonly ttfbUs: PercentilesJson;
  readonly serverUs: PercentilesJson;
  readonly responseUs: PercentilesJson;
  readonly durationUs: PercentilesJson;
  readonly rttUs: PercentilesJson;
  /** Share of the segments of its connections that this machine sent again; null if none of them is known. */
  readonly retransmitRate: number | null;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Counts of packets and losses since the start of the collector. */
export interface HttpCaptureJson {
  readonly packets: number;
  readonly dropped: number;
  readonly freezes: number;
  readonly gaps: number;
  readonly unparsed: Readonly<Record<string, number>>;
  readonly unpaired: Readonly<Record<string, number>>;
  /** Connections that are not HTTP/1.x, by kind. */
  readonly notHttp: Readonly<Record<string, number>>;
}

/** Answer of `/http`. */
export interface HttpJson {
  /** Time of the answer, RFC 3339 UTC. */
  readonly time: string;
  /** Window in which the requests of the answer began. */
  readonly from: string;
  readonly to: string;
  /** Ports and ranges that are read. */
  readonly ports: readonly string[];
  readonly requests: number;
  readonly responses: number;
  /** Number of hosts in the window; `hosts` has those with most messages. */
  readonly hostCount: number;
  readonly hosts: readonly HttpHostJson[];
  readonly capture: HttpCaptureJson;
}

/** Answer of `/connections/{id}/http`. */
export interface ConnectionHttpJson {
  readonly key: string;
  readonly uuid: string | null;
  /** The last exchanges, at most 100, in the order in which they became known. */
  readonly exchanges: readonly HttpExchangeJson[];
}
