import { getSystemErrorMap } from 'node:util';

/**
 * Describes a system error by words and code, e.g. `permission denied (EACCES)`, without the call and the path, which
 * may be temporary. For any other error: its message.
 */
export function describeSystemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = error as NodeJS.ErrnoException;
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return words === undefined ? error.message : `${words} (${code ?? errno})`;
}
