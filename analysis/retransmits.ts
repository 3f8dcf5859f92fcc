import type { ConnectionRow } from './connection-row.js';

/**
 * Segments with data that were sent again in an interval. `tcpi_total_retrans` counts SYN and FIN sent again too, and
 * `tcpi_data_segs_out` does not; `tcpi_bytes_retrans` stands still for them. Where that counter is missing (before 4.19),
 * they are left out only while no data was sent.
 * @returns null where unknown
 */
export function retransmittedDataSegments(
  totalRetrans: number | null,
  dataSegsOut: number | null,
  bytesRetrans: number | null,
): number | null {
  if (totalRetrans === null || dataSegsOut === null) return null;
  return bytesRetrans === 0 ? 0 : Math.min(totalRetrans, dataSegsOut);
}

/** Share of the data sent that was a retransmission, by bytes, or else by segments; null when neither is known. */
export function retransmitRate(
  row: Pick<ConnectionRow, 'bytesSent' | 'bytesRetrans' | 'totalRetrans' | 'dataSegsOut'>,
): number | null {
  const segments = retransmittedDataSegments(row.totalRetrans, row.dataSegsOut, row.bytesRetrans);
  return shareOf(row.bytesRetrans, row.bytesSent) ?? shareOf(segments, row.dataSegsOut);
}

/** Returns true when data was sent again, as far as is known. SYN and FIN carry none. */
export function hasRetransmittedData(
  row: Pick<ConnectionRow, 'bytesRetrans' | 'totalRetrans' | 'dataSegsOut'>,
): boolean {
  const { bytesRetrans, totalRetrans, dataSegsOut } = row;
  return (bytesRetrans ?? retransmittedDataSegments(totalRetrans, dataSegsOut, bytesRetrans) ?? totalRetrans ?? 0) > 0;
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : Math.min(1, part / whole);
}
