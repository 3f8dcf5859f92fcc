import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { identityOf } from './identity.js';

/** Files that processes have open for writing. */
export interface Writers {
  /** Device and inode of each file, as in {@link FileIdentity}. */
  readonly inodes: ReadonlySet<string>;
  /**
   * Processes whose open files are unknown, in words: they may write to other files too. Undefined when all processes
   * of the machine could be examined.
   */
  readonly gap: string | undefined;
}

/** PID namespace of the machine's first process, which shows all others: PROC_PID_INIT_INO, include/linux/proc_ns.h. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';
/** Mode bit S_IWUSR. */
const OWNER_WRITES = 0o200;

/** Finds the files that processes have open for writing now. Never rejects: reports unknown processes as `gap`. */
export async function findWriters(proc = '/proc'): Promise<Writers> {
  const inodes = new Set<string>();
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const refused: string[] = [];
  for (const pid of pids) {
    const code = await lookAt(`${proc}/${pid}`, inodes);
    if (code !== undefined) refused.push(`PID ${pid}: ${code}`);
  }
  return { inodes, gap: describeGap(refused) ?? (await hiddenProcesses(proc, pids)) };
}

function describeGap([first, ...others]: readonly string[]): string | undefined {
  if (first === undefined) return undefined;
  return others.length === 0 ? `1 process, ${first}` : `${others.length + 1} processes, the first ${first}`;
}

async function hiddenProcesses(proc: string, pids: readonly string[]): Promise<string | undefined> {
  // Processes of other users may be hidden (hidepid); process 1 always exists.
  if (!pids.includes('1')) return `processes that ${proc} does not show`;
  return (await isInitialNamespace(proc)) ? undefined : 'processes outside this PID namespace';
}

async function isInitialNamespace(proc: string): Promise<boolean> {
  return (await readlink(`${proc}/self/ns/pid`).catch(() => '')) === INITIAL_PID_NAMESPACE;
}

/**
 * Adds the files that a process has open for writing; none if it has ended.
 * @returns code of the error that hid some of its files
 */
async function lookAt(process: string, inodes: Set<string>): Promise<string | undefined> {
  let fds: string[];
  try {
    fds = await readdir(`${process}/fd`);
  } catch (error) {
    return codeUnlessEnded(error);
  }
  const codes = await Promise.all(
    fds.map(async (fd) => {
      try {
        // A descriptor that was closed meanwhile is no longer written to.
        if (await isForWriting(`${process}/fd/${fd}`)) {
          const file = await stat(`${process}/fd/${fd}`, { bigint: true });
          if (file.isFile()) inodes.add(identityOf(file).inode);
        }
        return undefined;
      } catch (error) {
        return codeUnlessEnded(error);
      }
    }),
  );
  return codes.find((code) => code !== undefined);
}

/** Returns whether a descriptor is open for writing, by the mode of its link: tid_fd_update_inode(), fs/proc/fd.c. */
async function isForWriting(link: string): Promise<boolean> {
  return ((await lstat(link)).mode & OWNER_WRITES) !== 0;
}

function codeUnlessEnded(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' || code === 'ESRCH' ? undefined : code;
}
