import { describeSystemError } from '../../host/errors/index.js';

/** Operation on the folder of segments. */
export type ShipOperation =
  | 'lock'
  | 'list'
  | 'read'
  | 'delete'
  | 'set aside'
  | 'write the cursor in'
  | 'read the cursor in';

/** Error when the folder of segments cannot be worked on. */
export class ShipError extends Error {
  override readonly name = 'ShipError';
  readonly code = 'ERR_SHIP';

  /** @param cause the system's error, or its text */
  constructor(
    readonly operation: ShipOperation,
    readonly path: string,
    cause: unknown,
  ) {
    super(`cannot ${operation} ${path}: ${typeof cause === 'string' ? cause : describeSystemError(cause)}`, { cause });
  }
}
