import { getSystemErrorMap } from 'node:util';
import { DecodeError } from '../../netlink/index.js';
import { ZstdError } from '../../zstd/index.js';
import { GzipError } from './content.js';
import { PackingError } from './packing.js';
import { TarError } from './tar-header.js';

/** Position and cause of an {@link ArchiveInputError}. */
export interface ArchiveInputErrorDetails {
  /**
   * Stable, machine-readable code:
   * - `ERR_CUT`: an archive ends inside a frame or is empty, as after a crash of its writer, or a tar ends too early
   * - `ERR_JSON`, `ERR_RECORD`, …: code of a `DecodeError`
   * - `ERR_CHECKSUM`, `ERR_CORRUPT`, …: code of another `ZstdError` (damage, not a cut)
   * - `ENOENT`, …: code of a system error
   * - `ERR_LINE_LENGTH`: line too long
   * - `ERR_NO_RECORDS`: archive given up after too many bad lines
   * - `ERR_UNSUPPORTED`: unsupported compression
   * - `ERR_LINK`, `ERR_MEMBER`: member of a tar without content in the tar
   * - `ERR_NO_ARCHIVE`: folder or pattern without archives
   */
  readonly code: string;
  /** Number of the line, from 1; absent if the error does not concern a line. */
  readonly line?: number | undefined;
  /** Number of lines concerned, starting at `line`; default 1. */
  readonly lines?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Thrown when an archive cannot be read, or not to its end. The message contains the archive, the position and the
 * cause.
 */
export class ArchiveInputError extends Error {
  override readonly name = 'ArchiveInputError';
  /** See {@link ArchiveInputErrorDetails.code}. */
  readonly code: string;
  /** See {@link ArchiveInputErrorDetails.line}. */
  readonly line: number | undefined;
  /** See {@link ArchiveInputErrorDetails.lines}. */
  readonly lines: number;

  /**
   * @param path path of the archive as the user knows it
   * @param reason cause in words
   */
  constructor(
    readonly path: string,
    reason: string,
    { code, line, lines = 1, cause }: ArchiveInputErrorDetails,
  ) {
    const where = line === undefined ? path : `${path}, line ${line}`;
    super(`read archive ${where}: ${reason}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.line = line;
    this.lines = lines;
  }

  /** True when the system failed to open or read the archive. Any other error means that its content is damaged. */
  get isFailure(): boolean {
    return !this.code.startsWith('ERR_');
  }

  /**
   * Adds the archive and the line to an error. Only bad input and failed system calls become an ArchiveInputError; any
   * other error is a defect and is returned unchanged.
   */
  static from(path: string, cause: unknown, line?: number): unknown {
    if (cause instanceof ArchiveInputError) return cause;
    if (cause instanceof DecodeError) return new ArchiveInputError(path, cause.what, { code: cause.code, line, cause });
    if (cause instanceof ZstdError)
      return fromPacking(path, cause.code === 'ERR_TRUNCATED' ? 'ERR_CUT' : cause.code, cause);
    if (cause instanceof GzipError || cause instanceof TarError) return fromPacking(path, cause.code, cause);
    if (cause instanceof PackingError) return new ArchiveInputError(path, cause.message, { code: cause.code, cause });
    if (isSystemError(cause)) {
      const reason = getSystemErrorMap().get(cause.errno)?.[1] ?? cause.message;
      const where = cause.path === undefined || cause.path === path ? '' : `: ${cause.path}`;
      return new ArchiveInputError(path, `${reason} (${cause.code})${where}`, { code: cause.code, cause });
    }
    return cause;
  }
}

/** Creates the error for compressed data or a tar. There is no line number; the message has an offset. */
function fromPacking(path: string, code: string, cause: Error): ArchiveInputError {
  const what = code === 'ERR_CUT' ? 'cut' : 'damaged';
  return new ArchiveInputError(path, `${what}: ${cause.message}`, { code, cause });
}

function isSystemError(
  error: unknown,
): error is NodeJS.ErrnoException & { readonly code: string; readonly errno: number } {
  return error instanceof Error && 'code' in error && 'errno' in error && typeof error.errno === 'number';
}
