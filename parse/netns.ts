import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText } from './json-fields.js';

/** A network namespace that is not the collector's own, as archives and events name it. */
export interface Netns {
  /** The inode number of its file in `/proc/PID/ns/net`, by which the kernel tells it from others that live. */
  readonly inode: number;
  /** What it was found by: a name of `ip netns` or Docker's, else its path or `pid:` and a process. */
  readonly name: string;
}

/** As it stands in a line's metadata and in an event. */
export function encodeNetns({ inode, name }: Netns): string {
  return `{"Inode":${inode},"Name":${quoteGoString(name)}}`;
}

/**
 * The namespace that a line's metadata names.
 * @throws DecodeError `ERR_RECORD`
 */
export function asNetns(value: unknown): Netns {
  const fields = asObject(value, 'Metadata.Netns');
  return {
    inode: asInteger(fields['Inode'], 'Metadata.Netns.Inode'),
    name: asText(fields['Name'], 'Metadata.Netns.Name'),
  };
}
