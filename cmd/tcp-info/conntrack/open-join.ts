import type { JoinedOptions, OneNamespace } from './options.js';
import type { Say } from './run-action.js';
import type { SocketJoin } from './socket-join.js';

/**
 * Opens the search for local sockets; undefined without `--join`.
 * @throws UsageError, NamespaceError, AddonError, BootPrefixError
 */
export async function openJoin(
  { join, connect, netns }: JoinedOptions & { readonly netns?: OneNamespace },
  say: Say,
): Promise<SocketJoin | undefined> {
  if (!join) return undefined;
  // Loaded only here: nothing else needs the client of the collector.
  const { SocketJoin } = await import('./socket-join.js');
  const where = { ...(connect === undefined ? {} : { connect }), ...(netns === undefined ? {} : { netns }) };
  return await SocketJoin.open(where, process.env, say);
}
