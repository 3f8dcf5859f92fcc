import { netlink } from '../../native/index.js';
import { type FlowAddon, type KernelOptions, KernelSession, LocalAddresses } from '../socket/index.js';

/**
 * Reads the addresses of a network namespace, and returns a check whether an address is one of them, for
 * `flowEndpoints`. It needs no capability in the own namespace.
 * @param addon replaced in tests
 * @throws ConntrackError, NamespaceError
 */
export async function readLocalAddresses(
  { namespace, signal }: KernelOptions = {},
  addon: FlowAddon = netlink,
): Promise<(address: string) => boolean> {
  signal?.throwIfAborted();
  const session = new KernelSession(namespace, addon);
  try {
    const addresses = new LocalAddresses(session);
    await addresses.read();
    signal?.throwIfAborted();
    return addresses.has;
  } finally {
    await session.close();
  }
}
