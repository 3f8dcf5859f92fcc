import { constants } from 'node:os';

const { EACCES, ENOENT, EPERM, ESRCH } = constants.errno;

/** Returns whether a positive errno means that permission is missing. */
export function isRefusal(errno: number): boolean {
  return errno === EACCES || errno === EPERM;
}

/** Returns whether a positive errno means that the process has ended. */
export function isEnd(errno: number): boolean {
  return errno === ENOENT || errno === ESRCH;
}
