import { closeSync } from 'node:fs';
import { describeTarget, openNamespace } from '../../host/namespaces/index.js';
import { type MessageBatch, type MessageListener, type NetlinkAddon, netlink } from '../../native/index.js';
import { NETLINK_SOCK_DIAG, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY } from '../index.js';
import { sockDiagError } from './errors.js';
import type { OneNamespace } from './socket-session.js';

/** Room for 3,200 events; without CAP_NET_ADMIN what net.core.rmem_max allows. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** Options of {@link listenToDestroyed}. */
export interface DestroyListenerOptions {
  /** Default: that of this process. One other takes CAP_SYS_ADMIN. */
  readonly namespace?: OneNamespace;
  /** Classic BPF for every event with its `nlmsghdr`. Default: all events. */
  readonly filter?: Uint8Array;
  /** Least time between two readings, nanoseconds. */
  readonly gatherNs: number;
}

/**
 * Listens to the kernel's destroy events of TCP sockets of both families, which take no right.
 * @param addon replaced in tests
 * @throws NamespaceError, SockDiagError, AddonError
 */
export function listenToDestroyed(
  { namespace, filter, gatherNs }: DestroyListenerOptions,
  onBatch: (batch: MessageBatch) => void,
  addon: Pick<NetlinkAddon, 'MessageListener'> = netlink,
): MessageListener {
  const fd = namespace === undefined ? undefined : openNamespace(namespace);
  try {
    const options = {
      protocol: NETLINK_SOCK_DIAG,
      groups: [SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY],
      receiveBufferBytes: BUFFER_BYTES,
      gatherNs,
      ...(filter === undefined ? {} : { filter }),
      ...(fd === undefined ? {} : { namespace: fd }),
    };
    return new addon.MessageListener(options, onBatch);
  } catch (error) {
    const name = namespace === undefined ? 'own' : describeTarget(namespace);
    throw sockDiagError(error, 'follow ends of sockets', name);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
