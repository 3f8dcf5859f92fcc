/** Most partitions: their numbers have two digits. */
export const MOST_PARTITIONS = 100;

const POLYNOMIAL = 0xed_b8_83_20;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** Returns the CRC-32 of a text in UTF-8, as IEEE 802.3 and zlib define it. */
export function crc32(text: string): number {
  let value = ~0;
  for (const byte of new TextEncoder().encode(text)) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}

/** Returns the partition of a node, from 0. All frames of a node are in one, so that their order is kept. */
export function partitionOf(
  { cluster, node }: { readonly cluster: string; readonly node: string },
  partitions: number,
): number {
  return crc32(`${cluster}/${node}`) % partitions;
}

/** Returns the number of a partition as names have it. */
export function partitionText(partition: number): string {
  return String(partition).padStart(2, '0');
}
