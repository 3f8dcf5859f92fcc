import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from '../support/waiting.js';
import { output } from './programs.js';

/** Name of the image in the user's commands. */
export const IMAGE = 'measurementlab/tcp-info';
/** Commit that the test image reports as its own. */
export const GIT_COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const VERSION = '1.2.3-test';
/** Folder of the Dockerfile. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Result of a container that ran to its end. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end: `docker run --rm` with these arguments. */
export function runToEnd(...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync('docker', ['run', '--rm', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

/** A container that runs beside a test, and is removed at the end of its scope. */
export class Container implements Disposable {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  /** Starts a container: `docker run --detach` with these arguments. */
  static start(...words: readonly string[]): Container {
    return new Container(output('docker', 'run', '--detach', ...words));
  }

  /** Complete output so far. */
  get log(): string {
    const { stdout, stderr } = spawnSync('docker', ['logs', this.id], { encoding: 'utf8' });
    return stdout + stderr;
  }

  /** Process id of its first process on this machine. */
  get pid(): number {
    return Number(this.inspect('.State.Pid'));
  }

  /** Returns one value of `docker inspect`, e.g. `.State.ExitCode`. */
  inspect(path: string): string {
    return output('docker', 'inspect', '--format', `{{${path}}}`, this.id);
  }

  /** Waits for a log line that matches. */
  async logged(pattern: RegExp): Promise<void> {
    await until(`${pattern} in the log of the container`, () => {
      const { log } = this;
      if (pattern.test(log)) return true;
      if (this.inspect('.State.Running') !== 'true') throw new Error(`the container has ended: ${log}`);
      return false;
    });
  }

  /** Waits until the engine reports it as healthy. */
  async healthy(): Promise<void> {
    const look = (): boolean => this.inspect('.State.Health.Status') === 'healthy';
    try {
      await until('health', look, 60_000);
    } catch (error) {
      throw new Error(`${String(error)}: ${this.inspect('json .State.Health')}`, { cause: error });
    }
  }

  /** Runs a program inside; returns its outcome. */
  exec(...words: readonly string[]): Outcome {
    const { status, stdout, stderr } = spawnSync('docker', ['exec', this.id, ...words], { encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  /** Runs `docker stop`: SIGTERM, and SIGKILL after ten seconds. Returns the exit code. */
  stop(): number {
    output('docker', 'stop', this.id);
    return Number(this.inspect('.State.ExitCode'));
  }

  [Symbol.dispose](): void {
    execFileSync('docker', ['rm', '--force', '--volumes', this.id], { stdio: 'ignore' });
  }
}

/** Returns the time from the engine's start of a container to its first logged scan, in milliseconds. */
export function startupMs(container: Container): number {
  const scanned = /^ts=(\S+) .*msg="first scan"/m.exec(container.log)?.[1];
  if (scanned === undefined) throw new Error(`no first scan: ${container.log}`);
  return Date.parse(scanned) - Date.parse(container.inspect('.State.StartedAt'));
}
