import { netlink } from '../../native/index.js';
import type { FollowedKind } from '../socket/index.js';
import { type FlowAddon, KernelSession, LocalAddresses } from '../socket/index.js';
import type { FlowFollower, FollowFlowsOptions } from './followed-event.js';
import { Follower } from './follower.js';
import { SelectedFlows } from './selection.js';

const ALL_KINDS: readonly FollowedKind[] = ['new', 'established', 'update', 'closed', 'destroy'];

/**
 * Follows flows by the kernel's events. Events begin before the promise resolves.
 * @param addon replaced in tests
 * @throws ConntrackError, NamespaceError, ExpressionError; RangeError for an empty list of events
 */
export async function followFlows(options: FollowFlowsOptions = {}, addon: FlowAddon = netlink): Promise<FlowFollower> {
  const { namespace, signal, events = ALL_KINDS } = options;
  if (events.length === 0) throw new RangeError('follow flows: no kind of event');
  signal?.throwIfAborted();
  const selected = new SelectedFlows(options);
  const session = new KernelSession(namespace, addon);
  try {
    const addresses = new LocalAddresses(session);
    await addresses.read();
    signal?.throwIfAborted();
    return new Follower({ ...options, events: new Set(events), session, selected, addresses });
  } catch (error) {
    await session.close();
    throw error;
  }
}
