import { getSystemErrorMap } from 'node:util';
import { DecodeError } from '../netlink/index.js';
import { ZstdError } from '../zstd/index.js';
import { GzipError } from './content.js';
import { PackingError } from './packing.js';
import { TarError } from './tar-header.js';

/** Where in an archive, and what is wrong there. */
export interface ArchiveInputErrorDetails {
  /**
   * Stable and machine-readable: `ERR_CUT` for a compressed archive that ends inside a frame, or is empty, as a crash of
   * its writer leaves it, and for a tar that ends too early; a `DecodeError`'s code (`ERR_JSON`, `ERR_RECORD`, …), another
   * `ZstdError`'s (`ERR_CHECKSUM`, `ERR_CORRUPT`, …: damage, not a cut), the system's (`ENOENT`, …), `ERR_LINE_LENGTH`,
   * `ERR_NO_RECORDS` for an archive that is given up, `ERR_UNSUPPORTED` for one that is packed in a way that is not read,
   * `ERR_LINK` and `ERR_MEMBER` for a member of a tar whose content is not there, or `ERR_NO_ARCHIVE` for a folder or
   * pattern without any.
   */
  readonly code: string;
  /** Number of the line, from 1; absent where the trouble is not a line's. */
  readonly line?: number | undefined;
  /** Lines that it is about, `line` being the first; 1 if not given. */
  readonly lines?: number | undefined;
  readonly cause?: unknown;
}

/** An archive that cannot be read, or not further. Its message says which one, where, and why. */
export class ArchiveInputError extends Error {
  override readonly name = 'ArchiveInputError';
  /** See {@link ArchiveInputErrorDetails.code}. */
  readonly code: string;
  /** See {@link ArchiveInputErrorDetails.line}. */
  readonly line: number | undefined;
  /** See {@link ArchiveInputErrorDetails.lines}. */
  readonly lines: number;

  /**
   * @param path the archive, as the user knows it
   * @param reason what is wrong, in words
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

  /** Whether the system refused to open or read it. Anything else is damage: it was read, and is wrong. */
  get isFailure(): boolean {
    return !this.code.startsWith('ERR_');
  }

  /**
   * Says of an error in which archive, and in which line, it happened. Only bad input and failed system calls become an
   * ArchiveInputError; any other error is a defect and stays what it is.
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

/** What is packed has no lines: the error has an offset in its message. */
function fromPacking(path: string, code: string, cause: Error): ArchiveInputError {
  const what = code === 'ERR_CUT' ? 'cut' : 'damaged';
  return new ArchiveInputError(path, `${what}: ${cause.message}`, { code, cause });
}

function isSystemError(
  error: unknown,
): error is NodeJS.ErrnoException & { readonly code: string; readonly errno: number } {
  return error instanceof Error && 'code' in error && 'errno' in error && typeof error.errno === 'number';
}
