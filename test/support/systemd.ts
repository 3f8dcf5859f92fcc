import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireBuilt } from './daemon.js';
import { havePrograms, skipped } from './programs.js';
import { DEADLINE_MS, until, within } from './waiting.js';

const SCRIPT = join(import.meta.dirname, 'boot-systemd.sh');
const PROJECT = resolve(import.meta.dirname, '../..');
const SYSTEMD = '/lib/systemd/systemd';
/** Path of the node program in a machine. */
export const MACHINE_NODE = '/usr/lib/tcp-info-node';

/** Result of a script. */
export interface ScriptOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns true if systemd can probably be booted here; else reports on stderr what is skipped. */
export function haveSystemd(what: string): boolean {
  if (!existsSync(SYSTEMD)) {
    skipped(what, 'no systemd (apt-get install systemd)');
    return false;
  }
  if (process.getuid?.() === 0) return havePrograms(what, 'unshare', 'nsenter', 'setpriv', 'mount', 'ip', 'curl');
  skipped(what, 'only root can boot it');
  return false;
}

/** A separate systemd with its own processes and network, on this machine's files; its changes are discarded. */
export class SystemdMachine {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #pid = 0;
  #log = '';
  #hasEnded = false;

  private constructor(files: string) {
    requireBuilt();
    // The machine ends with these tests, however they end.
    this.#child = spawn('setpriv', ['--pdeathsig', 'TERM', SCRIPT, PROJECT, process.execPath, files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    this.#ended = new Promise((done) => {
      this.#child.once('close', () => {
        this.#hasEnded = true;
        done();
      });
    });
  }

  /**
   * Boots the machine; returns undefined, with the reason on stderr, if this host does not allow the steps before
   * systemd.
   * @param files a folder that is copied over the machine's root
   */
  static async boot(what: string, files: string): Promise<SystemdMachine | undefined> {
    const machine = new SystemdMachine(files);
    await until('systemd to take over', () => machine.#hasEnded || machine.#findSystemd());
    if (machine.#pid === 0) {
      skipped(what, `namespaces for systemd cannot be had: ${machine.#log.trim().split('\n').at(-1)}`);
      return undefined;
    }
    await until(`systemd to be up: ${machine.#log}`, () => {
      if (machine.#hasEnded) throw new Error(`systemd ended: ${machine.#log}`);
      return machine.run('systemctl is-system-running').stdout.trim() === 'running';
    });
    return machine;
  }

  /**
   * Runs a bash script in the machine; it ends at the first failure. Processes it leaves running must not hold its
   * stdout.
   */
  run(script: string): ScriptOutcome {
    // Enters the root too: if the tests run in a chroot, the namespace has another root.
    const args = ['-t', String(this.#pid), '-a', '--root', '--wd', 'bash', '-euc', script];
    const { status, stdout, stderr, error } = spawnSync('nsenter', args, { encoding: 'utf8', timeout: DEADLINE_MS });
    if (error !== undefined) throw new Error(`${script}: ${error.message}: ${stderr}${stdout}`);
    return { code: status, stdout, stderr };
  }

  /** Returns the output of a script. @throws when it fails */
  output(script: string): string {
    const { code, stdout, stderr } = this.run(script);
    if (code !== 0) throw new Error(`${script}: exit code ${code}: ${stderr}${stdout}`);
    return stdout.trimEnd();
  }

  /** Ends the machine and all its processes. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await within('the end of systemd', this.#ended);
  }

  /** Finds the process of systemd: the grandchild of the script, once it is systemd. */
  #findSystemd(): boolean {
    const { pid } = this.#child;
    const [unshare] = pid === undefined ? [] : childrenOf(pid);
    const [systemd] = unshare === undefined ? [] : childrenOf(unshare);
    if (systemd === undefined || commandOf(systemd)[0] !== SYSTEMD) return false;
    this.#pid = systemd;
    return true;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const texts = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'));
    return texts.flatMap((text) => text.split(' ').filter((each) => each !== '')).map(Number);
  } catch {
    return []; // it has ended
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}
