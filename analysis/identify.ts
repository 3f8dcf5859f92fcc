import { formatAddress } from '../inetdiag/index.js';
import type { Metadata } from '../parse/index.js';
import type { Snapshot } from '../snapshot/index.js';
import type { ConnectionIdentity } from './connection-row.js';

/** Which connection it is, by the metadata of its archive and its first snapshot. */
export function identify(metadata: Metadata | undefined, { inetDiagMsg }: Snapshot): ConnectionIdentity {
  return {
    uuid: metadata?.uuid ?? '',
    netnsInode: metadata?.netns?.inode ?? null,
    netnsName: metadata?.netns?.name ?? null,
    family: inetDiagMsg?.family ?? null,
    localAddress: inetDiagMsg === undefined ? null : formatAddress(inetDiagMsg.id.src, inetDiagMsg.family),
    localPort: inetDiagMsg?.id.sport ?? null,
    remoteAddress: inetDiagMsg === undefined ? null : formatAddress(inetDiagMsg.id.dst, inetDiagMsg.family),
    remotePort: inetDiagMsg?.id.dport ?? null,
  };
}
