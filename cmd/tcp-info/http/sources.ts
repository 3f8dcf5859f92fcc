import type { PortRange } from '../../../http/index.js';
import { FileSource } from './file-source.js';
import type { HttpSource } from './http-source.js';
import type { HttpOptions } from './options.js';

/** Options of {@link openSource}. */
export interface SourceOptions {
  readonly options: HttpOptions;
  /** Ports of servers; null for all. */
  readonly ports: readonly PortRange[] | null;
  readonly headers: readonly string[];
  /** Called with a sentence on a part that could not be read. */
  readonly onDamage: (text: string) => void;
}

/** Opens the files, or without any the network. */
export async function openSource(paths: readonly string[], { options, ...more }: SourceOptions): Promise<HttpSource> {
  const own = { ...more, keepsQuery: options.query };
  if (paths.length > 0) return new FileSource(paths, own);
  throw new Error('no capture yet');
}
