import { readFileSync, statSync } from 'node:fs';

/** Time between checks of the file, in milliseconds. */
const CHECK_MS = 10_000;
/** Largest file that is read. */
const MAX_BYTES = 4 * 2 ** 20;

/** Parses `/etc/passwd`: names of users by their ids. The first line of an id counts. */
export function parseUsers(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (name === '' || name.startsWith('#') || !/^\d+$/.test(id)) continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

/** Names of the machine's users. Only the file is read: a name service could take seconds to answer. */
export class UserNames {
  readonly #path: string;
  #names: ReadonlyMap<number, string> = new Map();
  #version = '';
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(path = '/etc/passwd') {
    this.#path = path;
  }

  /** Returns the name of a user; null without one. `nowMs` is of a monotonic clock. */
  nameOf(uid: number, nowMs: number): string | null {
    if (nowMs - this.#checkedMs >= CHECK_MS) {
      this.#checkedMs = nowMs;
      this.#check();
    }
    return this.#names.get(uid) ?? null;
  }

  #check(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version || size > MAX_BYTES) return;
      this.#names = parseUsers(readFileSync(this.#path, 'utf8'));
      this.#version = version;
    } catch {
      // A machine without the file has no names, e.g. in a minimal image. The names of before stay.
    }
  }
}
