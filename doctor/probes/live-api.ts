import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { inspectSocketPath, UnixSocketError } from '../../files/index.js';
import type { LiveAddress } from '../../live/client/index.js';
import { codeOf } from '../words.js';

/** Longest wait for an answer. */
const ANSWER_MS = 2000;

/** Facts about a place. */
export interface LiveFindings {
  /** Version of the collector that answers. */
  readonly version?: string;
  /** Open connections that it has. */
  readonly open?: number;
  /** Status of an answer that is not a collector's state. */
  readonly status?: number;
  /** Code of the error, if there is no answer. */
  readonly code?: string;
  /** Owner and permissions of the socket that exists there. */
  readonly socket?: { readonly mode: string; readonly uid: number; readonly gid: number };
  /** Obstacle to a socket there, if no one serves one. */
  readonly obstacle?: { readonly code: string; readonly reason: string };
}

/** Asks a place for the state of its collector; where no one answers on a unix socket, tries whether one can be made. */
export async function probeLiveApi(place: LiveAddress): Promise<LiveFindings> {
  const { socketPath } = place;
  const socket = socketPath === undefined ? {} : socketAt(socketPath);
  try {
    return { ...socket, ...(await askForState(place)) };
  } catch (error) {
    const code = isTimeout(error) ? 'ETIMEDOUT' : (codeOf(error) ?? String(error));
    const isUnserved = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK';
    if (socketPath === undefined || !isUnserved) return { ...socket, code };
    return { ...socket, code, ...(await obstacleAt(socketPath)) };
  }
}

async function askForState(place: LiveAddress): Promise<Pick<LiveFindings, 'version' | 'open' | 'status'>> {
  const { status, body } = await askLiveApi(place, '/status');
  const { version, open } = body;
  return status === 200 && typeof version === 'string' && typeof open === 'number' ? { version, open } : { status };
}

/** Answer of the live API; its body is empty if it is no JSON. */
export interface LiveApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks a route of the live API. @throws the system error, or AbortError after a timeout */
export async function askLiveApi(
  { socketPath, host, port, basePath, token }: LiveAddress,
  path: string,
): Promise<LiveApiAnswer> {
  const request = get({
    ...(socketPath === undefined ? { host, port } : { socketPath, host: 'localhost' }),
    path: `${basePath}/api/v1${path}`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    agent: false,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode: status = 0 } = response;
  return { status, body: parse(await text(response)) };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(body) as object) };
  } catch {
    return {}; // another program's answer
  }
}

function socketAt(path: string): Pick<LiveFindings, 'socket'> {
  try {
    const { mode, uid, gid } = lstatSync(path);
    return { socket: { mode: (mode & 0o777).toString(8).padStart(4, '0'), uid, gid } };
  } catch {
    return {}; // the file is missing, or its folder may not be read: the connection says which
  }
}

async function obstacleAt(path: string): Promise<Pick<LiveFindings, 'obstacle'>> {
  try {
    await inspectSocketPath(path);
    return {};
  } catch (error) {
    if (!(error instanceof UnixSocketError)) throw error;
    return { obstacle: { code: error.code, reason: error.reason } };
  }
}
