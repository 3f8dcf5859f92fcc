import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from '../support/waiting.js';
import { output } from './programs.js';

/** What the user calls it. */
export const IMAGE = 'measurementlab/tcp-info';
/** What the image of the tests is told to tell of itself. */
export const GIT_COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const VERSION = '1.2.3-test';
/** The folder of the Dockerfile. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** What came of a container that ran to its end. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end: `docker run --rm` with these words behind. */
export function runToEnd(...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync('docker', ['run', '--rm', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

/** A container that runs beside a test, and is removed when the test lets go of it. */
export class Container implements Disposable {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  /** Starts one: `docker run --detach` with these words behind. */
  static start(...words: readonly string[]): Container {
    return new Container(output('docker', 'run', '--detach', ...words));
  }

  /** Everything that it wrote. */
  get log(): string {
    const { stdout, stderr } = spawnSync('docker', ['logs', this.id], { encoding: 'utf8' });
    return stdout + stderr;
  }

  /** Process id of its first process, as this machine sees it. */
  get pid(): number {
    return Number(this.inspect('.State.Pid'));
  }

  /** One value of `docker inspect`, e.g. `.State.ExitCode`. */
  inspect(path: string): string {
    return output('docker', 'inspect', '--format', `{{${path}}}`, this.id);
  }

  /** Waits until its log has a line like this. */
  async logged(pattern: RegExp): Promise<void> {
    await until(`${pattern} in the log of the container`, () => {
      const { log } = this;
      if (pattern.test(log)) return true;
      if (this.inspect('.State.Running') !== 'true') throw new Error(`the container has ended: ${log}`);
      return false;
    });
  }

  /** Waits until the engine takes it for healthy. */
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

  /** `docker stop`: SIGTERM, and SIGKILL after ten seconds. Returns the exit code. */
  stop(): number {
    output('docker', 'stop', this.id);
    return Number(this.inspect('.State.ExitCode'));
  }

  [Symbol.dispose](): void {
    execFileSync('docker', ['rm', '--force', '--volumes', this.id], { stdio: 'ignore' });
  }
}

/** Time from the engine's start of a container to the first scan that it logged, milliseconds. */
export function startupMs(container: Container): number {
  const scanned = /^ts=(\S+) .*msg="first scan"/m.exec(container.log)?.[1];
  if (scanned === undefined) throw new Error(`no first scan: ${container.log}`);
  return Date.parse(scanned) - Date.parse(container.inspect('.State.StartedAt'));
}
