import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * Replacement for /run/netns as seen by a daemon: the machine's own namespaces belong to others and are busy. Names can
 * be added and deleted while the daemon runs.
 */
export class NamespaceFolder {
  readonly #folder: string;

  /** @param folder a path that does not exist yet */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder);
    run('mount', '-t', 'tmpfs', 'tmpfs', folder);
    run('mount', '--make-shared', folder);
  }

  /** Adds the name of a namespace. */
  add({ name }: Namespace): void {
    const path = join(this.#folder, name);
    writeFileSync(path, '');
    run('mount', '--bind', `/run/netns/${name}`, path);
  }

  /** Deletes the name. */
  delete({ name }: Namespace): void {
    const path = join(this.#folder, name);
    run('umount', '--lazy', path);
    rmSync(path);
  }

  /**
   * Returns a wrapper for the daemon: it sees these names, and only its own process and one that sleeps in a namespace.
   */
  wrapper(sleeper: Namespace): string[] {
    // The sleeper's namespace is opened before its name is hidden.
    const script =
      `exec 9</run/netns/${sleeper.name} && { nsenter --net=/proc/self/fd/9 sleep 600 & } && exec 9<&- && ` +
      `mount --rbind ${this.#folder} /run/netns && mount --make-rslave /run/netns && exec "$@"`;
    return ['unshare', '--mount', '--propagation=slave', '--pid', '--fork', '--mount-proc', 'sh', '-c', script, 'sh'];
  }

  remove(): void {
    run('umount', '--recursive', '--lazy', this.#folder);
  }
}
