import type { TopSource } from '../../../view/top/index.js';

/** Returns the condition that a connection is in the network namespace of `--netns`, a name or an inode; '' without. */
export async function netnsScope(netns: string | undefined, source: TopSource): Promise<string> {
  if (netns === undefined) return '';
  if (!/^\d+$/.test(netns)) return `connection.netnsName = "${netns.replaceAll(/["\\]/g, '\\$&')}"`;
  // Connections of the collector's own namespace have no inode; its status does.
  const isOwn = source.mode === 'live' && (await source.status()).netnsInode === Number(netns);
  return `connection.netnsInode = ${isOwn ? 'null' : netns}`;
}
