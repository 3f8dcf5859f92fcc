import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ListenAddress } from '../../live/http/index.js';
import { codeOf } from '../words.js';

/** Longest wait for an answer at a port. */
const ANSWER_MS = 2000;

/** Listens at an address for a moment; returns the error code, or undefined on success. */
export async function listenFailure(address: ListenAddress): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ ...address, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return codeOf(error) ?? String(error);
  } finally {
    server.close();
  }
}

/** True when a collector serves its metrics at an address. */
export async function isListened({ host, port }: ListenAddress): Promise<boolean> {
  const name = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  try {
    return /^tcpinfo_build_info\b/m.test(await fetchPage(name, port));
  } catch {
    return false; // the server there does not speak HTTP, or not in time: it is no collector
  }
}

/** @throws the system error, or AbortError after a timeout */
async function fetchPage(host: string, port: number): Promise<string> {
  // A separate connection, which closes after the page.
  const request = get({ host, port, path: '/metrics', agent: false, signal: AbortSignal.timeout(ANSWER_MS) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}
