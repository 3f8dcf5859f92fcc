import { bootUuidPrefix, type NamespaceTarget, parseNamespaceTarget } from '../../host/index.js';
import { netlink } from '../../native/index.js';
import type { HttpCounts, HttpExchange } from '../index.js';
import type { CapturedPorts, CaptureMode } from '../packet/index.js';
import { ExchangeQueue } from './exchange-queue.js';
import { HttpCapture } from './http-capture.js';
import { isPattern } from './interface-filter.js';
import type { CaptureAddon, OneNamespace } from './packet-tap.js';

const DEFAULT_QUEUED = 10_000;

/** Options of {@link followHttp}. */
export interface FollowHttpOptions {
  /** Ports and ranges of ports of servers, at most 64. */
  readonly ports: readonly (number | CapturedPorts)[];
  /** Network namespace by name, path or process id. Default: that of this process. */
  readonly namespace?: string;
  /** Patterns (`*`, `?`) of names of interfaces. Default: all, also those that are made later. */
  readonly interfaces?: readonly string[];
  /**
   * True to see the traffic of other hosts, too: `interfaces` must be names without patterns, of interfaces that exist.
   * Default: false.
   */
  readonly promiscuous?: boolean;
  /** `whole` has the kernel cut nothing: exact lengths of chunked bodies, for twice the CPU. Default: `heads`. */
  readonly mode?: CaptureMode;
  /** Size of the kernel's ring in bytes. Default: 16 MiB. */
  readonly ringBytes?: number;
  /**
   * False: exchanges have no `connection`. Default: sockets are looked up, and UUIDs have the prefix of the collector's
   * flag `-uuid-prefix=auto`.
   */
  readonly join?: boolean;
  /** Prefix of UUIDs instead of that one. */
  readonly uuidPrefix?: string;
  /** Names of fields of heads to keep. Default: none. */
  readonly headers?: readonly string[];
  /** True to keep the query of paths. Default: false. */
  readonly keepsQuery?: boolean;
  /** Exchanges that wait for the consumer at most; what does not fit is counted. Default: 10,000. */
  readonly maxQueued?: number;
  /** Ends the capture when it is aborted. */
  readonly signal?: AbortSignal;
  /**
   * Called when names of interfaces, own addresses or ends of sockets cannot be followed any longer, or not all of them;
   * what is known stays.
   */
  readonly onStale?: (error: unknown) => void;
}

/** Exchanges as they pass. Leaving the loop ends the capture. */
export interface HttpFollower extends AsyncIterable<HttpExchange>, AsyncDisposable {
  /** Counts of messages and packets that were seen, missed or not readable; `unpaired.overload` includes what did not fit into the queue. */
  readonly counts: HttpCounts;
  /** Ends the capture. The loop ends behind the exchanges that wait. */
  close(): Promise<void>;
}

/**
 * Follows plain HTTP in the packets of a network namespace. Needs CAP_NET_RAW. The capture begins before the promise
 * resolves, and never waits for the consumer.
 * @param addon replaced in tests
 * @throws PacketCaptureError, NamespaceError, SockDiagError, ConntrackError, AddonError; RangeError for invalid
 * ports; TypeError for a text that names no namespace; the reason of `signal`
 */
export async function followHttp(options: FollowHttpOptions, addon: CaptureAddon = netlink): Promise<HttpFollower> {
  const {
    namespace,
    ports,
    promiscuous = false,
    join = true,
    uuidPrefix,
    maxQueued = DEFAULT_QUEUED,
    signal,
    ...others
  } = options;
  signal?.throwIfAborted();
  const queue = new ExchangeQueue(maxQueued);
  const capture = await HttpCapture.open(
    {
      ...others,
      ...(promiscuous ? { promiscuous: namedInterfaces(options.interfaces) } : {}),
      ports: ports.map((port) => (typeof port === 'number' ? { first: port, last: port } : port)),
      ...(namespace === undefined ? {} : { namespace: namespaceOf(namespace) }),
      ...(join ? { join: { uuidPrefix: uuidPrefix ?? bootUuidPrefix(process.env), findsTranslated: true } } : {}),
      onExchange: (exchange) => queue.push(exchange),
      onFailure: (cause) => queue.end({ cause }),
    },
    addon,
  );
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    await capture.close();
    queue.end();
  };
  const onAbort = (): void => {
    // A failure to close is an error of the loop.
    close().catch((cause: unknown) => queue.end({ cause }));
  };
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  return {
    get counts() {
      const { counts } = capture;
      return { ...counts, unpaired: { ...counts.unpaired, overload: counts.unpaired.overload + queue.dropped } };
    },
    close,
    [Symbol.asyncDispose]: close,
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = await queue.take(); next !== undefined; next = await queue.take()) yield next;
      } finally {
        await close();
      }
    },
  };
}

function namedInterfaces(interfaces: readonly string[] | undefined): readonly string[] {
  if (interfaces !== undefined && interfaces.length > 0 && !interfaces.some(isPattern)) return interfaces;
  throw new TypeError('promiscuous: expected names of interfaces, without patterns');
}

function namespaceOf(text: string): OneNamespace {
  const target: NamespaceTarget | undefined = parseNamespaceTarget(text, process.cwd());
  if (target === undefined || target.kind === 'all')
    throw new TypeError(`${text}: one network namespace must be named`);
  return target;
}
