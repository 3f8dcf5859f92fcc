import { constants } from 'node:os';

/** Returns the exit code of a program that a signal ended, as in shells: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(signal: string): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? 0);
}
