import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { BootPrefixError, readBoot, uuidPrefix } from '../../../daemon/index.js';
import { describeSystemError } from '../../../host/index.js';
import { parseArguments } from '../../reading/parse.js';
import type { Surroundings } from '../surroundings.js';
import { giveFolder, type Owner } from './folders.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** The largest uid and gid; one more is "no change" to chown(2). */
const MAX_ID = 0xffff_fffe;

const AFTER = `
A UUID is the prefix and a socket's cookie. Cookies are unique until the machine boots again, so the prefix is the name
and the second of the boot, as m-lab/uuid writes it: NAME_1795217000. The name is --name, or else the environment's
POD_NAME, or else the host name. Where names may repeat, --boot-id makes it NAME-9f3c21ab_1795217000.

Folders are given away with all folders below them; files stay whose they are.

Exit codes: 0 all is prepared, 1 something is not, 2 wrong arguments.

Example: tcp-info prepare --folder=/var/spool/tcp-info --owner=65534:65534 --uuid-prefix-file=/run/tcp-info/prefix`;

interface Options {
  readonly folder: readonly string[];
  readonly owner?: Owner;
  readonly uuidPrefixFile?: string;
  readonly name?: string;
  readonly bootId: boolean;
}

/** Runs `tcp-info prepare` and gives its exit code. */
export async function runPrepare(surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const command = build();
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const { folder, owner, uuidPrefixFile, name, bootId } = command.opts<Options>();
  const wrong = contradiction(command.opts<Options>());
  if (wrong !== undefined) {
    stderr.write(`tcp-info prepare: ${wrong} (see --help)\n`);
    return EXIT_USAGE;
  }
  try {
    if (owner !== undefined) {
      for (const path of folder) {
        const given = await saying(`give ${path} to ${owner.uid}:${owner.gid}`, () => giveFolder(path, owner));
        stdout.write(`${path}: ${given} ${given === 1 ? 'folder' : 'folders'} given to ${owner.uid}:${owner.gid}\n`);
      }
    }
    if (uuidPrefixFile !== undefined) {
      const text = uuidPrefix(name ?? (process.env['POD_NAME'] || hostname()), readBoot(bootId));
      await saying(`write ${uuidPrefixFile}`, () => writeWhole(uuidPrefixFile, text));
      stdout.write(`${uuidPrefixFile}: ${text}\n`);
    }
  } catch (error) {
    if (!(error instanceof PrepareError || error instanceof BootPrefixError)) throw error;
    stderr.write(`tcp-info prepare: ${error.message}\n`);
    return EXIT_FAILED;
  }
  return 0;
}

/** Something cannot be prepared, for a reason of the system's. */
class PrepareError extends Error {
  override readonly name = 'PrepareError';
  readonly code = 'ERR_PREPARE';
}

/** Does something; what the system has against it is told with what was to be done. @throws PrepareError */
async function saying<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new PrepareError(`${what}: ${describeSystemError(cause)}`, { cause });
  }
}

function build(): Command {
  return new Command('tcp-info prepare')
    .usage('[OPTIONS]')
    .description('Makes ready what the collector needs before it runs as a user without rights: for init steps.')
    .option('--folder <DIR>', 'make this folder and give it to --owner; repeatable', gather, [])
    .option('--owner <UID:GID>', 'whom folders are given to, in numbers', parseOwner)
    .option('--uuid-prefix-file <FILE>', 'write the prefix of UUIDs to this file')
    .option('--name <NAME>', 'what the prefix begins with (default: POD_NAME, or the host name)')
    .option('--boot-id', 'put eight digits of the boot’s random number behind the name', false)
    .addHelpText('after', AFTER);
}

function contradiction({ folder, owner, uuidPrefixFile, name, bootId }: Options): string | undefined {
  if (folder.length === 0 && uuidPrefixFile === undefined) return 'there is nothing to do';
  if (folder.length > 0 !== (owner !== undefined)) return '--folder and --owner go together';
  if (uuidPrefixFile === undefined && (name !== undefined || bootId)) {
    return '--name and --boot-id go with --uuid-prefix-file';
  }
  return undefined;
}

/**
 * Requires that a file may be put in a path's place: a device, a pipe or a socket would be gone for every program of the
 * machine. A link to one counts as one.
 * @throws PrepareError
 */
function requireReplaceable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new PrepareError(`write ${path}: not a regular file, and not replaced by one`);
}

/**
 * Whoever reads the file sees all of it, and with no newline: prefixes are taken to the byte by other programs. Its first
 * name is nobody else's: in containers every process has the same number, and one that was killed leaves its file. The
 * mode is set by the descriptor, since in a folder of others a name may be a link by then.
 */
function writeWhole(path: string, text: string): void {
  requireReplaceable(path);
  const temporary = `${path}.${randomUUID()}`;
  const fd = openSync(temporary, 'wx');
  try {
    writeFileSync(fd, text);
    // Others of the machine read it too, whatever the umask.
    fchmodSync(fd, 0o644);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parseOwner(text: string): Owner {
  const [uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (uid === undefined || gid === undefined || Math.max(uid, gid) > MAX_ID) {
    throw new InvalidArgumentError('expected two numbers, such as 65534:65534');
  }
  return { uid, gid };
}
