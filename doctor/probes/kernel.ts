import { tcpConnections } from '../../collector/index.js';
import { describeSystemError } from '../../host/index.js';
import { decodeInetDiagMsg, INET_DIAG_INFO, INET_DIAG_MSG_SIZE } from '../../inetdiag/index.js';
import type { NetlinkAddon } from '../../native/index.js';
import { AttributeWalker, NLMSG_HDRLEN } from '../../netlink/index.js';
import { connectLoopback, type LoopbackConnection } from './loopback.js';

/** Answer of the kernel to the collector's request. */
export interface KernelFindings {
  /** Error in place of an answer. */
  readonly failure?: { readonly code: string; readonly errno: number; readonly op: string };
  /** Index of the query method that the kernel accepts. */
  readonly queryMethod?: number;
  /** Error that prevented a test connection over loopback; absent when there was one. */
  readonly loopback?: string;
  /** Bytes of `struct tcp_info`, of the test connection or else of any; absent when no socket had it. */
  readonly infoBytes?: number;
  /** Numbers of that socket's attributes, ascending. */
  readonly attributes?: readonly number[];
}

/** Asks for every connection, as the collector does but without its filter, and examines a test connection. */
export async function probeKernel(netlink: Pick<NetlinkAddon, 'dump'>): Promise<KernelFindings> {
  let connection: LoopbackConnection | undefined;
  let loopback: string | undefined;
  try {
    connection = await connectLoopback();
  } catch (error) {
    loopback = describeSystemError(error); // reported to the user; the request works without it
  }
  try {
    return { ...ask(netlink, connection?.ports), ...(loopback === undefined ? {} : { loopback }) };
  } finally {
    await connection?.close();
  }
}

function ask(netlink: Pick<NetlinkAddon, 'dump'>, ports: LoopbackConnection['ports'] | undefined): KernelFindings {
  const { protocol, queryMethods, dataTypes, emptyErrno } = tcpConnections(1e9, 'off');
  try {
    const request = { protocol, queryMethods, dataTypes, ...(emptyErrno === undefined ? {} : { emptyErrno }) };
    const { data, messages, queryMethod } = netlink.dump(request);
    return { queryMethod, ...lookAt(data, messages, ports) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** @throws any error that is not a failed system call */
function failureOf(error: unknown): NonNullable<KernelFindings['failure']> {
  if (!(error instanceof Error && 'code' in error && 'errno' in error)) throw error;
  const { code = '', errno = 0, syscall = '' } = error as NodeJS.ErrnoException;
  return { code, errno: Math.abs(errno), op: syscall };
}

type Look = Pick<KernelFindings, 'infoBytes' | 'attributes'>;

function lookAt(data: Uint8Array, messages: Uint32Array, ports: LoopbackConnection['ports'] | undefined): Look {
  let any: Look = {};
  for (let at = 0; at + 1 < messages.length; at += 2) {
    const start = messages[at] ?? 0;
    const message = data.subarray(start + NLMSG_HDRLEN, start + (messages[at + 1] ?? 0));
    const { id } = decodeInetDiagMsg(message);
    const isOurs = ports?.includes(id.sport) === true && ports.includes(id.dport);
    if (!isOurs && any.infoBytes !== undefined) continue;
    const look = attributesOf(message);
    if (look.infoBytes === undefined) continue;
    if (isOurs) return look;
    any = look;
  }
  return any;
}

function attributesOf(message: Uint8Array): Look {
  const walker = new AttributeWalker();
  walker.reset(message, INET_DIAG_MSG_SIZE);
  const attributes: number[] = [];
  let infoBytes: number | undefined;
  while (walker.next()) {
    attributes.push(walker.type);
    if (walker.type === INET_DIAG_INFO) infoBytes = walker.end - walker.start;
  }
  attributes.sort((a, b) => a - b);
  return infoBytes === undefined ? { attributes } : { attributes, infoBytes };
}
