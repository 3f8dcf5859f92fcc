import { CONNECTION_STATES, type DestroyResult, decodeInetDiagMsg } from '../../inetdiag/index.js';
import { type DestroyOrder, SockDiagError, SocketDestroyer, SocketSession } from '../../inetdiag/kernel/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import { codeOf } from '../words.js';
import { connectLoopback } from './loopback.js';

/** Result of the attempt to end a connection of this process to itself. */
export interface DestroySocketFindings {
  /** Result; absent without a connection. */
  readonly result?: DestroyResult;
  /** Code of the error without a connection, or when the kernel does not list it. */
  readonly error?: string;
}

/** Tries to end a connection of this process to itself by SOCK_DESTROY. No other connection is touched. */
export async function probeDestroySocket(): Promise<DestroySocketFindings> {
  let connection: Awaited<ReturnType<typeof connectLoopback>>;
  try {
    connection = await connectLoopback();
  } catch (error) {
    return { error: codeOf(error) ?? String(error) };
  }
  const session = SocketSession.open();
  try {
    return await destroy(session, connection.ports);
  } catch (error) {
    if (!(error instanceof SockDiagError)) throw error;
    return { error: error.message };
  } finally {
    await session.close();
    await connection.close();
  }
}

async function destroy(
  session: SocketSession,
  [sport, dport]: readonly [number, number],
): Promise<DestroySocketFindings> {
  for await (const messages of session.list({ states: CONNECTION_STATES, ext: 0 })) {
    for (const message of messages) {
      const socket = decodeInetDiagMsg(message.subarray(NLMSG_HDRLEN));
      if (socket.id.sport !== sport || socket.id.dport !== dport) continue;
      let result: DestroyResult | undefined;
      const destroyer = new SocketDestroyer<DestroyOrder>({
        onOutcomes: ([outcome]) => {
          result = outcome?.result;
        },
      });
      destroyer.add([{ socket, requester: session.requester }]);
      await destroyer.settled();
      return result === undefined ? {} : { result };
    }
  }
  return { error: 'the kernel does not list the connection' };
}
