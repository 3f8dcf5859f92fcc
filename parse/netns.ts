import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText } from './json-fields.js';

/** Network namespace in archives and events; never the collector's own. */
export interface Netns {
  /** Inode number of `/proc/PID/ns/net`; unique among existing namespaces. */
  readonly inode: number;
  /** Name from `ip netns` or Docker; otherwise its path, or `pid:` and a process id. */
  readonly name: string;
}

/** Encodes a namespace as JSON for a line's metadata and for events. */
export function encodeNetns({ inode, name }: Netns): string {
  return `{"Inode":${inode},"Name":${quoteGoString(name)}}`;
}

/**
 * Decodes the namespace in a line's metadata.
 * @throws DecodeError `ERR_RECORD`
 */
export function asNetns(value: unknown): Netns {
  const fields = asObject(value, 'Metadata.Netns');
  return {
    inode: asInteger(fields['Inode'], 'Metadata.Netns.Inode'),
    name: asText(fields['Name'], 'Metadata.Netns.Name'),
  };
}
