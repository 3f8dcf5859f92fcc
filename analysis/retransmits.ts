import type { ConnectionRow } from './connection-row.js';

/**
 * Returns the number of retransmitted data segments in an interval. `tcpi_total_retrans` includes retransmitted SYN and
 * FIN, `tcpi_data_segs_out` does not, and `tcpi_bytes_retrans` does not grow with them. Without that counter (before
 * 4.19), they are excluded only if no data was sent.
 * @returns null if unknown
 */
export function retransmittedDataSegments(
  totalRetrans: number | null,
  dataSegsOut: number | null,
  bytesRetrans: number | null,
): number | null {
  if (totalRetrans === null || dataSegsOut === null) return null;
  return bytesRetrans === 0 ? 0 : Math.min(totalRetrans, dataSegsOut);
}

/**
 * Returns the share of the sent data that was retransmitted, by bytes or else by segments; null if neither is known.
 */
export function retransmitRate(
  row: Pick<ConnectionRow, 'bytesSent' | 'bytesRetrans' | 'totalRetrans' | 'dataSegsOut'>,
): number | null {
  const segments = retransmittedDataSegments(row.totalRetrans, row.dataSegsOut, row.bytesRetrans);
  return shareOf(row.bytesRetrans, row.bytesSent) ?? shareOf(segments, row.dataSegsOut);
}

/** Returns true if data was retransmitted, as far as known. SYN and FIN carry no data. */
export function hasRetransmittedData(
  row: Pick<ConnectionRow, 'bytesRetrans' | 'totalRetrans' | 'dataSegsOut'>,
): boolean {
  const { bytesRetrans, totalRetrans, dataSegsOut } = row;
  return (bytesRetrans ?? retransmittedDataSegments(totalRetrans, dataSegsOut, bytesRetrans) ?? totalRetrans ?? 0) > 0;
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : Math.min(1, part / whole);
}
