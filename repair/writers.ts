import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { identityOf } from './identity.js';

/** Which files processes have open for writing. */
export interface Writers {
  /** Device and inode, as {@link FileIdentity} has them. */
  readonly inodes: ReadonlySet<string>;
  /**
   * Why a file that is not here may be written to all the same, in words; undefined when every process of the machine
   * could be looked at.
   */
  readonly gap: string | undefined;
}

/** The namespace of the machine's first process: PROC_PID_INIT_INO, include/linux/proc_ns.h. Any other sees a part only. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';
/** S_IWUSR. */
const OWNER_WRITES = 0o200;

/** Looks at what every process has open now. Never rejects: what cannot be seen is the answer's gap. */
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
  // Another's processes may be hidden altogether (hidepid); the first one is always there.
  if (!pids.includes('1')) return `those that ${proc} does not show`;
  return (await isInitialNamespace(proc)) ? undefined : 'those outside of this PID namespace';
}

async function isInitialNamespace(proc: string): Promise<boolean> {
  return (await readlink(`${proc}/self/ns/pid`).catch(() => '')) === INITIAL_PID_NAMESPACE;
}

/**
 * Adds what a process has open for writing. One that has ended has nothing open.
 * @returns the code of the error because of which not all could be seen
 */
async function lookAt(process: string, inodes: Set<string>): Promise<string | undefined> {
  let fds: string[];
  try {
    fds = await readdir(`${process}/fd`);
  } catch (error) {
    return unlessEnded(error);
  }
  const codes = await Promise.all(
    fds.map(async (fd) => {
      try {
        // Of descriptors that come and go, one that has gone writes no more.
        if (await isForWriting(`${process}/fd/${fd}`)) {
          const file = await stat(`${process}/fd/${fd}`, { bigint: true });
          if (file.isFile()) inodes.add(identityOf(file).inode);
        }
        return undefined;
      } catch (error) {
        return unlessEnded(error);
      }
    }),
  );
  return codes.find((code) => code !== undefined);
}

/** The mode of a descriptor's link says for what it is open: tid_fd_update_inode(), fs/proc/fd.c. */
async function isForWriting(link: string): Promise<boolean> {
  return ((await lstat(link)).mode & OWNER_WRITES) !== 0;
}

function unlessEnded(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' || code === 'ESRCH' ? undefined : code;
}
