import { isUtf8 } from 'node:buffer';
import { readSmallFile, SmallFileError } from '../../files/index.js';
import { describeSystemError } from '../../host/errors/index.js';
import { type ConfigProblem, MAX_CONFIG_BYTES, ServicesConfigError } from '../../services/config/index.js';

/** Thrown when a file of services cannot be read; the message is the reason alone. */
export class ServicesFileError extends Error {
  override readonly name = 'ServicesFileError';
  readonly code = 'ERR_SERVICES_FILE';

  constructor(cause: unknown) {
    super(cause instanceof SmallFileError ? cause.message : describeSystemError(cause), { cause });
  }
}

/**
 * Reads the text of a file of services. Endless devices and pipes without a writer are given up.
 * @throws ServicesFileError; ServicesConfigError for bytes that are not UTF-8: replaced, they would be another name or
 *   path than the file has
 */
export function readServicesFile(path: string): string {
  let bytes: Buffer;
  try {
    // One byte more, so that the parser reports a file that is too large with its place.
    bytes = readSmallFile(path, { maxBytes: MAX_CONFIG_BYTES + 1 });
  } catch (error) {
    throw new ServicesFileError(error);
  }
  if (!isUtf8(bytes)) throw new ServicesConfigError([notUtf8(bytes, path)]);
  return bytes.toString();
}

function notUtf8(bytes: Buffer, file: string): ConfigProblem {
  const replaced = Buffer.from(bytes.toString());
  let end = bytes.findIndex((byte, at) => byte !== replaced[at]);
  // The first bytes of a letter that is not complete may be those of the replacement.
  while (!isUtf8(bytes.subarray(0, end))) end--;
  const lines = bytes.subarray(0, end).toString().split('\n');
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1, reason: 'not UTF-8' };
}
