import { INET_DIAG_MSG, INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { fieldOf } from '../netlink/index.js';
import type { Metadata } from '../parse/index.js';
import { numberReader, RAW_IDM, type RecordView } from '../parse/snapshot/index.js';
import type { ConnectionIdentity } from './connection-row.js';

const family = numberReader(RAW_IDM, fieldOf(INET_DIAG_MSG, 'family'));
const sport = numberReader(RAW_IDM, fieldOf(INET_DIAG_SOCKID, 'sport'), INET_DIAG_MSG_ID_OFFSET);
const dport = numberReader(RAW_IDM, fieldOf(INET_DIAG_SOCKID, 'dport'), INET_DIAG_MSG_ID_OFFSET);

/** Identifies a connection by the metadata of its archive and its first snapshot. */
export function identify(metadata: Metadata | undefined, view: RecordView): ConnectionIdentity {
  return {
    uuid: metadata?.uuid ?? null,
    netnsInode: metadata?.netns?.inode ?? null,
    netnsName: metadata?.netns?.name ?? null,
    family: family(view) ?? 0,
    localAddress: view.source,
    localPort: sport(view) ?? 0,
    remoteAddress: view.destination,
    remotePort: dport(view) ?? 0,
    ...(metadata?.process === undefined ? {} : { process: metadata.process }),
    ...(metadata?.conntrack === undefined ? {} : { conntrack: metadata.conntrack }),
    ...(metadata?.recording === undefined ? {} : { recording: metadata.recording }),
  };
}

/**
 * Adds the process and the flow in the metadata of a further archive: the first archive may have been written before
 * they were found.
 */
export function identifyFurther(identity: ConnectionIdentity, { process, conntrack }: Metadata): ConnectionIdentity {
  if (process === undefined && conntrack === undefined) return identity;
  return {
    ...identity,
    ...(process === undefined ? {} : { process: { ...identity.process, ...process } }),
    ...(conntrack === undefined ? {} : { conntrack }),
  };
}
