/** Codes of a {@link CaptureError}. */
export type CaptureErrorCode = 'ERR_CAPTURE_FORMAT' | 'ERR_CAPTURE_VERSION' | 'ERR_CAPTURE_LINK_TYPE';

/** Error for a capture file of which nothing can be read. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  /** `ERR_CAPTURE_FORMAT`: neither pcap nor pcapng; `…_VERSION`: of a version unknown; `…_LINK_TYPE`: see `linkType`. */
  readonly code: CaptureErrorCode;
  /** Offset in the file. */
  readonly at: number;
  /** Number of a link type that is not known (https://www.tcpdump.org/linktypes.html); undefined for other codes. */
  readonly linkType: number | undefined;

  constructor(what: string, details: { code: CaptureErrorCode; at: number; linkType?: number }) {
    super(`read capture: ${what} at byte ${details.at}`);
    this.code = details.code;
    this.at = details.at;
    this.linkType = details.linkType;
  }
}
