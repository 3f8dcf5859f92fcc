import type { PortRange } from '../../../http/index.js';
import type { HttpSource } from './http-source.js';
import type { HttpOptions } from './options.js';

/** Options of {@link openSource}. */
export interface SourceOptions {
  readonly options: HttpOptions;
  /** Ports of servers; null for all. */
  readonly ports: readonly PortRange[] | null;
  readonly headers: readonly string[];
  /** True if nothing but totals is needed. */
  readonly isCounted: boolean;
  /** Called with a sentence on a part that could not be read. */
  readonly onDamage: (text: string) => void;
  /** Prints a message. */
  readonly say: (text: string) => void;
}

/**
 * Opens the files, or without any the network.
 * @throws PacketCaptureError, NamespaceError, SockDiagError, ConntrackError, AddonError, BootPrefixError
 */
export async function openSource(paths: readonly string[], source: SourceOptions): Promise<HttpSource> {
  const { options, ports, headers, isCounted, onDamage, say } = source;
  if (paths.length > 0) {
    const { FileSource } = await import('./file-source.js');
    return new FileSource(paths, { ports, headers, keepsQuery: options.query, onDamage });
  }
  const { LiveSource } = await import('./live-source.js');
  return await LiveSource.open({ options, ports: ports ?? [], headers, isCounted, say });
}
