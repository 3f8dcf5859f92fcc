/** Codes of {@link ServiceError}. */
export type ServiceErrorCode =
  | 'ERR_SERVICE_EXISTS'
  | 'ERR_SERVICE_OPTION'
  | 'ERR_SERVICE_CLOSED'
  | 'ERR_SERVICE_PREFIX';

/** Thrown for a service that cannot be made or used as asked. Errors of system calls are passed on as they are. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  /** @param sid id of the service */
  constructor(
    readonly code: ServiceErrorCode,
    readonly sid: string,
    reason: string,
  ) {
    super(`service ${sid}: ${reason}`);
  }
}
