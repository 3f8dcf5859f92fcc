import type { ArchiveFolder, PastReader } from '../../archive/output/index.js';
import type { Logger } from '../../log/index.js';
import type { LiveMetrics } from '../../metrics/index.js';
import type {
  AlertAnswering,
  Answering,
  FlowAnswering,
  HttpAnswering,
  NetworkAnswering,
  WatchAnswering,
} from '../answers/index.js';
import type { Exchange, Reply } from '../http/index.js';
import type { ConnectionRecorder, RecorderMemory } from '../recorder/index.js';
import type { ConnectionStore, StoreRow } from '../store/index.js';
import type { RecordingJson, ServiceAction, ServiceCommandJson, ServicesJson } from '../wire/index.js';
import type { ParameterName, Parameters } from './parameters.js';
import { LargeLists, Slots } from './slots.js';

/** Streams at a time. */
const MAX_STREAMS = 32;
/** Requests that wait for the end of a connection, at a time: fewer than places, so that others are still answered. */
export const MAX_WAITS = 48;
/** Downloads of archives at a time: a client that reads slowly must not keep all others out. */
const MAX_DOWNLOADS = 4;
/** Time for a download: a client that reads a little now and then must not hold its turn for ever. */
const DOWNLOAD_MS = 10 * 60_000;
/** Places for clients of each kind of socket. */
export const PLACES = 64;
/** Listeners of {@link ApiContext.stopping}: each client has one request at a time. */
export const MAX_STOPPED: number = 2 * PLACES;

/** Facts about the collector in `/status`. */
export interface LiveFacts {
  readonly version: string;
  /** Name of the machine. */
  readonly host: string;
  readonly isReadOnly: boolean;
  /** True if connections over loopback are in the store. */
  readonly loopback: boolean;
  /** Inode of the collector's own network namespace; null if unknown. */
  readonly netnsInode: number | null;
  /** Sentence that says why subflows of MPTCP are unknown; undefined if they are shown, and for archives. */
  readonly mptcpUnknown: string | undefined;
  /** Beginning of the UUIDs of connections in the collector's own network namespace; null for archives. */
  readonly uuidPrefix: string | null;
  /** Returns the time since the start of the collector, microseconds. */
  uptimeUs(): number;
  /** Returns the time between two scans, microseconds; null for archives. */
  beatUs(): number | null;
}

/** Everything that routes need. */
export interface ApiContext {
  readonly answering: Answering;
  readonly store: ConnectionStore;
  readonly facts: LiveFacts;
  readonly flows: FlowAnswering;
  /** Watched services; absent without `-services`. */
  readonly services: ServicesAnswering | undefined;
  /** Watches; absent for archives. */
  readonly watches: WatchAnswering | undefined;
  /** Alerts; absent without `-alerts`. */
  readonly alerts: AlertAnswering | undefined;
  readonly exchanges: HttpAnswering;
  /** Flight recorder; absent without `-recorder`. */
  readonly recordings: RecordingsAnswering | undefined;
  readonly network: NetworkAnswering;
  /** Archives of the collector, and the reader of courses from them; absent without an output folder. */
  readonly archives: ApiArchives | undefined;
  /** True if the server has the page. */
  readonly hasPage: boolean;
  /** Reader of archived records; absent: from {@link archives}. */
  readonly records: RecordReader | undefined;
  readonly metrics: LiveMetrics;
  readonly log: Logger;
  readonly bounds: ApiBounds;
  /** Called for each request that is rejected because of a bound. */
  onLimit(): void;
  /** Returns the number of connected clients. */
  clients(): number;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Answers about watched services. */
export interface ServicesAnswering {
  readonly enforce: ServicesJson['enforce'];
  /**
   * Returns statistics of all services, or of those of one name; none for an unknown one.
   * @throws an Error named `SockDiagError` if the kernel does not list the listening sockets
   */
  reports(name?: string): Promise<ServicesJson['services']>;
  /**
   * Carries out a command on a service, in each network namespace where it was used.
   * @param body JSON of the command
   * @returns undefined for an unknown service
   * @throws an Error with code `ERR_CONTROL_COMMAND` for a body that is no command, or `ERR_TOO_MANY_BANS`
   */
  command(name: string, action: ServiceAction, body: string): Omit<ServiceCommandJson, 'time'> | undefined;
}

/** Flight recorder, as the API sees it. */
export interface RecordingsAnswering extends ConnectionRecorder {
  readonly memory: RecorderMemory;
  /** Absolute path of the folder of recordings. */
  readonly path: string;
  /** Returns all recordings, oldest first. */
  list(): Promise<readonly RecordingJson[]>;
  /** Returns a recording as a tar archive, in pieces; undefined if there is no complete one of this name. */
  pack(name: string): Promise<AsyncGenerator<Uint8Array, void, undefined> | undefined>;
}

/**
 * Reads the archived lines of a connection, metadata first, as pieces of whole lines.
 * @param onProblem called for everything that cannot be read
 */
export type RecordReader = (
  row: StoreRow,
  onProblem: (error: Error) => void,
) => AsyncGenerator<string, void, undefined>;

/** Archives of the collector. */
export interface ApiArchives {
  /** Absolute path of the output folder. */
  readonly path: string;
  readonly folder: ArchiveFolder;
  readonly past: PastReader;
}

/** Bounds of what is done at a time for all clients together. */
export interface ApiBounds {
  readonly streams: Slots;
  readonly waits: Slots;
  readonly largeLists: LargeLists;
  /** Downloads of archives. */
  readonly downloads: Slots;
  /** Time for one of them, milliseconds. */
  readonly downloadMs: number;
}

/** Creates the bounds of a server. */
export function createBounds(downloadMs: number = DOWNLOAD_MS): ApiBounds {
  return {
    streams: new Slots(MAX_STREAMS, `there are ${MAX_STREAMS} streams already`),
    waits: new Slots(MAX_WAITS, `${MAX_WAITS} requests wait for the end of a connection already`),
    largeLists: new LargeLists(),
    downloads: new Slots(MAX_DOWNLOADS, `${MAX_DOWNLOADS} clients read archives already`),
    downloadMs,
  };
}

/** Request that passed the gate. */
export interface ApiRequest {
  readonly exchange: Exchange;
  readonly parameters: Parameters;
  /** Id in the path, decoded; empty for a route without one. */
  readonly id: string;
}

/** Media type of an answer; the schema is the name of a type of `live/wire/`. */
export interface RouteAnswer {
  readonly type: string;
  readonly schema?: string;
  readonly description: string;
}

/** Body of a request, in JSON; the schema is the name of a type of `live/wire/`. */
export interface RouteBody {
  readonly schema: string;
  readonly description: string;
}

/** Methods of routes; one with GET also answers HEAD. */
export type RouteMethod = 'GET' | 'POST' | 'DELETE';

/** Resource of the API and one of its methods. Several routes may have the same path. */
export interface ApiRoute {
  /** Path below the base; `{id}` stands for one segment. */
  readonly path: string;
  /** Default: POST for a route with a body, else GET. */
  readonly method?: RouteMethod;
  readonly summary: string;
  /** Description of the id in the path, if it is not that of a connection. */
  readonly id?: string;
  readonly parameters: readonly ParameterName[];
  readonly body?: RouteBody;
  /** True to accept a body of any `Content-Type`; default: only `application/json`, and not with DELETE without it. */
  readonly anyContentType?: boolean;
  /** Status of a successful answer (default 200). */
  readonly success?: 201 | 202;
  readonly answers: readonly RouteAnswer[];
  /** Status codes of its errors, besides those that any route may answer. */
  readonly errors?: readonly number[];
  readonly handle: (request: ApiRequest, context: ApiContext) => Reply | Promise<Reply>;
}

/** Returns an answer in JSON. */
export function jsonAnswer(value: object, status = 200): Reply {
  return { status, headers: JSON_HEADERS, body: `${JSON.stringify(value)}\n` };
}

/** Returns the method of a route. */
export function methodOf({ method, body }: Pick<ApiRoute, 'method' | 'body'>): RouteMethod {
  return method ?? (body === undefined ? 'GET' : 'POST');
}

/** Returns a large answer in JSON. @throws ProblemError 429, and what `make` throws */
export async function largeAnswer(
  { largeLists }: ApiBounds,
  exchange: Exchange,
  make: () => Promise<readonly Uint8Array[]>,
): Promise<Reply> {
  const { body, done } = await largeLists.make(performance.now(), make);
  exchange.onDone(done); // until then it is held
  return { status: 200, headers: JSON_HEADERS, body };
}

/** Headers of an answer in JSON. */
export const JSON_HEADERS: Readonly<Record<string, string>> = { 'Content-Type': 'application/json; charset=utf-8' };
