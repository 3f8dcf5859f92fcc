import { type DumpPart, readDump } from '../../native/index.js';
import { buildDumpRequest, type DumpRequest, IPCTNL_MSG_CT_NEW, NFNL_SUBSYS_CTNETLINK } from '../index.js';
import type { KernelSession } from './session.js';

/** Type of the messages that hold a flow. */
const FLOW_TYPE = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;

/**
 * Makes one dump of flows, and returns its parts. The last one says whether the table changed meanwhile.
 * @throws ConntrackError, NamespaceError; the reason of `signal` when it is aborted
 */
export async function* dumpFlows(
  session: KernelSession,
  request: DumpRequest,
  signal?: AbortSignal,
): AsyncGenerator<DumpPart, void, undefined> {
  const options = { request: buildDumpRequest(request), dataTypes: [FLOW_TYPE] };
  try {
    yield* readDump(session.flows, options, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw session.errorOf(
      error,
      'list flows',
      Object.keys(request).every((key) => key === 'zero'),
    );
  }
}
