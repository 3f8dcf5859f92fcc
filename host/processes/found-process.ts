import type { SocketHolder } from '../../native/index.js';
import type { SocketProcess } from './types.js';

/** Part of an answer beside the description of a process. */
export interface Finding {
  readonly pid: number;
  readonly user: string | null;
  readonly otherPids: number;
  /** Time of the read, of a monotonic clock. */
  readonly readMs: number;
}

/** Process of a socket as a read found it. Its time is formatted when it is read: most are replaced before that. */
export class FoundProcess implements SocketProcess {
  readonly pid: number;
  readonly command: string;
  readonly executable: string | null;
  readonly uid: number;
  readonly user: string | null;
  readonly otherPids: number;
  readonly #readMs: number;
  readonly #formatTime: (atMs: number) => string;
  #seenTime: string | undefined;

  constructor({ command, executable, uid }: SocketHolder, finding: Finding, formatTime: (atMs: number) => string) {
    this.pid = finding.pid;
    this.command = command;
    this.executable = executable;
    this.uid = uid;
    this.user = finding.user;
    this.otherPids = finding.otherPids;
    this.#readMs = finding.readMs;
    this.#formatTime = formatTime;
  }

  get seenTime(): string {
    this.#seenTime ??= this.#formatTime(this.#readMs);
    return this.#seenTime;
  }
}

/** Returns true if two reads describe the same process, which runs the same program. */
export function isSame(a: SocketHolder, b: SocketHolder): boolean {
  const { startTicks, uid, command, executable } = a;
  return startTicks === b.startTicks && uid === b.uid && command === b.command && executable === b.executable;
}
