import { connectionOfFlow, endsKey, type KnownConnection } from '../../../conntrack/index.js';
import type { LiveAddress } from '../../../live/client/index.js';
import type { RowJson, StatusJson, ViewJson } from '../../../live/wire/index.js';
import { SourceError } from '../../../view/top/index.js';
import { HttpClient } from '../top/client/http-client.js';
import { type FlowSocket, type LookedUpFlow, socketInfo } from './flow-socket.js';

/** Cookie at the end of a UUID. */
const COOKIE = /_[0-9A-F]{16}$/;
/** Longest time for all answers to one reading, milliseconds. */
const DEADLINE_MS = 2000;
/** Longest answer: 10,000 connections take 5 MB. */
const MAX_BYTES = 32 * 2 ** 20;
/** Lists up to the first limit are made at once; the API makes few longer ones in a second. */
const LIMITS = [1000, 10_000] as const;

const FIELDS = [
  'uuid,state,open,closedTime,connection.startTime,connection.netnsInode',
  'connection.localAddress,connection.localPort,connection.remoteAddress,connection.remotePort',
  'connection.totalRetrans,connection.bytesSent,connection.bytesReceived,now.rttUs,now.minRttUs',
].join(',');

/** Connection of the collector. */
interface CollectorRow extends KnownConnection {
  readonly socket: FlowSocket;
}

/** Connections that a running collector has in memory, open and recently closed, in one network namespace. */
export class CollectorConnections {
  readonly #client: HttpClient;
  readonly #netnsInode: number | undefined;
  readonly #deadlineMs: number;
  #rows = new Map<string, CollectorRow[]>();
  /** Prefix of UUIDs; undefined if the collector does not say it and has recorded nothing. */
  uuidPrefix: string | undefined;

  /** @param netnsInode inode of the network namespace; undefined if unknown: then the prefix is all that is used */
  constructor(address: LiveAddress, netnsInode: number | undefined, deadlineMs = DEADLINE_MS) {
    this.#client = new HttpClient(address);
    this.#netnsInode = netnsInode;
    this.#deadlineMs = deadlineMs;
  }

  /** Reads all connections. On failure those of the last reading stay. @throws SourceError */
  async read(): Promise<void> {
    const signal = AbortSignal.timeout(this.#deadlineMs);
    const limits = { signal, maxBytes: MAX_BYTES };
    try {
      const status: Partial<StatusJson> = objectOf(await this.#client.get('/status', {}, limits));
      const size = Number(status.open) + Number(status.closed);
      const [few, many] = LIMITS;
      const parameters = { closed: 'true', fields: FIELDS, limit: size <= few ? few : many };
      const view: Partial<ViewJson> = objectOf(await this.#client.get('/connections', parameters, limits));
      if (!Array.isArray(view.connections)) throw new TypeError('no connections');
      this.#take(view.connections as readonly RowJson[], status.netnsInode ?? undefined);
      this.uuidPrefix ??= status.uuidPrefix ?? undefined;
    } catch (error) {
      throw this.#explain(error, signal);
    }
  }

  /** Returns the socket of a flow; undefined if the collector does not know it. */
  find({ flow, endpoints: { local, remote } }: LookedUpFlow): FlowSocket | undefined {
    let found: CollectorRow | undefined;
    for (const row of this.#rows.get(endsKey(local, remote)) ?? []) found = connectionOfFlow(flow, found, row);
    return found?.socket;
  }

  close(): void {
    this.#client.close();
  }

  /**
   * @param ownInode namespace of connections without one
   * @throws TypeError for a value that is no connection
   */
  #take(connections: readonly RowJson[], ownInode: number | undefined): void {
    const rows = new Map<string, CollectorRow[]>();
    let [prefix, otherPrefix]: (string | undefined)[] = [];
    for (const json of connections) {
      const { uuid, connection } = objectOf<RowJson>(json);
      if (typeof uuid !== 'string') throw new TypeError('no UUID');
      otherPrefix ??= prefixOf(uuid);
      const inode = connection?.netnsInode ?? ownInode;
      if (inode === undefined || inode !== this.#netnsInode) continue;
      // On old kernels each network namespace has a prefix of its own.
      prefix ??= prefixOf(uuid);
      const [key, row] = rowOf(uuid, json);
      const others = rows.get(key);
      if (others === undefined) rows.set(key, [row]);
      else others.push(row);
    }
    this.#rows = rows;
    this.uuidPrefix = prefix ?? otherPrefix ?? this.uuidPrefix;
  }

  #explain(error: unknown, signal: AbortSignal): unknown {
    const { text } = this.#client.address;
    if (signal.aborted) return new SourceError(`${text}: no answer within ${this.#deadlineMs / 1000} s`, false);
    if (!(error instanceof TypeError)) return error;
    return new SourceError(`${text} does not answer as a collector: ${error.message}`, false);
  }
}

function prefixOf(uuid: string): string | undefined {
  return COOKIE.test(uuid) ? uuid.replace(COOKIE, '') : undefined;
}

/** Returns a connection with the key of its ends. @throws TypeError */
function rowOf(
  uuid: string,
  { state, open, closedTime, connection = {}, now }: RowJson,
): readonly [key: string, row: CollectorRow] {
  const { startTime, localAddress, localPort, remoteAddress, remotePort } = connection;
  if (typeof state !== 'string' || typeof open !== 'boolean') throw new TypeError('no state');
  if (typeof localAddress !== 'string' || typeof remoteAddress !== 'string') throw new TypeError('no addresses');
  if (typeof localPort !== 'number' || typeof remotePort !== 'number') throw new TypeError('no ports');
  const tcp = socketInfo(state, {
    rttUs: numberOf(now?.rttUs),
    minRttUs: numberOf(now?.minRttUs),
    totalRetrans: numberOf(connection.totalRetrans),
    bytesSent: numberOf(connection.bytesSent),
    bytesReceived: numberOf(connection.bytesReceived),
  });
  const key = endsKey({ address: localAddress, port: localPort }, { address: remoteAddress, port: remotePort });
  const closedUs = open ? null : timeUs(closedTime);
  return [key, { isOpen: open, startUs: timeUs(startTime), closedUs, socket: { uuid, tcp } }];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** @throws TypeError */
function timeUs(text: unknown): number {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms)) throw new TypeError('no time');
  return 1000 * ms;
}

/** @throws TypeError */
function objectOf<T extends object>(value: unknown): Partial<T> {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value;
}
