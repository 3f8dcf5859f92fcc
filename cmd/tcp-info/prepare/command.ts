import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { BootPrefixError, describeSystemError, machineName, readBoot, uuidPrefix } from '../../../host/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../../flags/exit-codes.js';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import type { Owner } from './folders.js';

/** Largest uid and gid; the next number means "no change" to chown(2). */
const MAX_ID = 0xffff_fffe;

const AFTER = `
A UUID is the prefix and a socket's cookie. Cookies are unique until the machine boots again, so the prefix is the name
and the second of the boot, as m-lab/uuid writes it: NAME_1795217000. The name is --name, or else the environment's
POD_NAME, or else the host name. Where names may repeat, --boot-id makes it NAME-9f3c21ab_1795217000.

--owner changes the owner of each folder and of all folders below it; files keep their owner.

Exit codes: 0 all is prepared, 1 something is not, 2 wrong arguments.

Example:
  tcp-info prepare --folder=/data --owner=65534:65534 --uuid-prefix-file=/run/tcp-info/prefix`;

interface Options {
  readonly folder: readonly string[];
  readonly owner?: Owner;
  readonly uuidPrefixFile?: string;
  readonly name?: string;
  readonly bootId: boolean;
}

/** Runs `tcp-info prepare` and returns its exit code. */
export async function runPrepare(surroundings: CommandContext): Promise<number> {
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
      // Loaded only here, with all that writes archives.
      const { giveFolder } = await import('./folders.js');
      for (const path of folder) {
        const given = await saying(`give ${path} to ${owner.uid}:${owner.gid}`, () => giveFolder(path, owner));
        stdout.write(`${path}: ${given} ${given === 1 ? 'folder' : 'folders'} given to ${owner.uid}:${owner.gid}\n`);
      }
    }
    if (uuidPrefixFile !== undefined) {
      const text = uuidPrefix(name ?? machineName(process.env), readBoot(bootId));
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

/** Thrown when a system call fails. */
class PrepareError extends Error {
  override readonly name = 'PrepareError';
  readonly code = 'ERR_PREPARE';
}

/** Runs `work`; on a system error, the message names `what`. @throws PrepareError */
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
    .description('Prepares what the collector needs to run as a user without privileges: for init steps.')
    .option('--folder <DIR>', 'make this folder and give it to --owner; repeatable', gather, [])
    .option('--owner <UID:GID>', 'new owner of the folders, in numbers', parseOwner)
    .option('--uuid-prefix-file <FILE>', 'write the prefix of UUIDs to this file')
    .option('--name <NAME>', 'name at the start of the prefix (default: POD_NAME, or the host name)')
    .option('--boot-id', 'add eight digits of the boot’s random number to the name', false)
    .addHelpText('after', wrapParagraphs(AFTER));
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
 * Requires that a path may be replaced by a file: a device, a pipe or a socket would be lost for every program of the
 * machine. A link to one counts as one.
 * @throws PrepareError
 */
function requireReplaceable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new PrepareError(`write ${path}: not a regular file, so it is not replaced`);
}

/**
 * Writes a file that readers see complete or not at all, without a newline, because other programs use prefixes byte
 * for byte. The temporary name is random: in containers every process has the same number, and a killed one leaves its
 * file. The mode is set through the descriptor, because in a folder of another user the name may have become a link.
 */
function writeWhole(path: string, text: string): void {
  requireReplaceable(path);
  const temporary = `${path}.${randomUUID()}`;
  const fd = openSync(temporary, 'wx');
  try {
    writeFileSync(fd, text);
    // Other users of the machine read it too, whatever the umask.
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
