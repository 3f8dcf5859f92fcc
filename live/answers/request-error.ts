/** Error for a request that cannot be answered: a wrong parameter. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  /**
   * @param parameter name of the wrong parameter
   * @param message sentence that begins with that name and a colon
   */
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(message);
  }
}
