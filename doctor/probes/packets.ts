import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpExchange, HttpTap } from '../../http/index.js';
import { PacketCaptureError, type PacketCaptureErrorCode, PacketTap } from '../../http/kernel/index.js';
import { codeOf } from '../words.js';
import { withDeadline } from './deadline.js';

const HOST = '127.0.0.1';
/** Time for the request, and then for its packets. */
const REQUEST_MS = 1000;
const PACKETS_MS = 2000;
const LOOK_MS = 10;
/** Small: the doctor takes two packets. */
const RING_BYTES = 2 * 1024 * 1024;
const REQUEST = 'GET /tcp-info-doctor HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const ANSWER = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n';

/** Outcome of capturing a request over loopback. */
export interface PacketFindings {
  /** Reason for which packets cannot be captured; absent if they can. */
  readonly refused?: PacketCaptureErrorCode;
  /** Sentence of the kernel's refusal. */
  readonly refusal?: string;
  /** Size of the kernel's ring; 0 if it refuses one. */
  readonly ringBytes?: number;
  /** Code of the error with which the request failed. */
  readonly loopbackError?: string;
  /** Requests and answers that were seen: one of each is right. */
  readonly requests?: number;
  readonly answers?: number;
}

/** Captures a request of this process to itself over loopback. */
export async function probePackets(): Promise<PacketFindings> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()); // the request fails, too, and says why
    socket.once('data', () => socket.end(ANSWER));
  });
  try {
    server.listen({ host: HOST, port: 0 });
    await once(server, 'listening');
    return await capture(server);
  } catch (error) {
    if (error instanceof PacketCaptureError) return { refused: error.code, refusal: error.message };
    throw error;
  } finally {
    server.close();
  }
}

/** @throws PacketCaptureError */
async function capture(server: Server): Promise<PacketFindings> {
  const { port } = server.address() as AddressInfo;
  const exchanges: HttpExchange[] = [];
  const ports = [{ first: port, last: port }];
  const http = new HttpTap({ ports, onExchange: (exchange) => exchanges.push(exchange) });
  let failure: unknown;
  const { tap: packets } = await PacketTap.open({ ports, ringBytes: RING_BYTES }, (tap) => ({
    tap,
    takeBlock: (block) => http.addBlock(block),
    takeLoss: (lost) => http.lose(lost),
    takeFailure: (error) => {
      failure = error;
    },
    // The probe is over before a name or an address changes.
    takeStale: () => undefined,
  }));
  const ringBytes = packets.grant?.ringBytes ?? 0;
  try {
    await request(port);
    const endMs = performance.now() + PACKETS_MS;
    while (exchanges.length === 0 && failure === undefined && performance.now() < endMs) await sleep(LOOK_MS);
  } catch (error) {
    return { ringBytes, loopbackError: codeOf(error) ?? String(error) };
  } finally {
    await packets.close();
    http.end();
  }
  if (failure instanceof PacketCaptureError) throw failure;
  return {
    ringBytes,
    requests: exchanges.filter(({ method }) => method !== null).length,
    answers: exchanges.filter(({ status }) => status !== null).length,
  };
}

/** Sends a request, and reads its answer to the end. @throws the system's error, or DeadlineError */
async function request(port: number): Promise<void> {
  const socket = connect({ host: HOST, port });
  try {
    const ended = once(socket, 'end');
    ended.catch(() => undefined); // the one below reports it
    await withDeadline(`connect to ${HOST}`, REQUEST_MS, once(socket, 'connect'));
    socket.resume();
    socket.write(REQUEST);
    await withDeadline(`answer of ${HOST}`, REQUEST_MS, ended);
  } finally {
    socket.destroy();
  }
}
