import { execFileSync } from 'node:child_process';
import type { Namespace } from '../support/namespaces.js';
import { Peer } from '../support/peer.js';

/** Addresses of the cable's two sides, in a benchmark network that is not routed. */
const HOST_ADDRESS = '198.18.77.1';
const FAR_ADDRESS = '198.18.77.2';

/**
 * A cable from the host's own network, which containers with --network=host use, to a namespace, with a peer on each
 * side.
 */
export class Cable implements AsyncDisposable {
  readonly hostAddress = HOST_ADDRESS;
  readonly farAddress = FAR_ADDRESS;
  readonly host: Peer;
  readonly far: Peer;
  readonly #name = `tcpid${process.pid}`;

  constructor() {
    const name = this.#name;
    try {
      ip('netns', 'add', name);
      ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'cable', 'netns', name);
      ip('address', 'add', `${HOST_ADDRESS}/30`, 'dev', name);
      ip('link', 'set', name, 'up');
      this.run('ip', 'link', 'set', 'lo', 'up');
      this.run('ip', 'address', 'add', `${FAR_ADDRESS}/30`, 'dev', 'cable');
      this.run('ip', 'link', 'set', 'cable', 'up');
    } catch (error) {
      this.#remove();
      throw error;
    }
    this.host = new Peer(at(HOST_ADDRESS, 'host', (program, ...args) => [program, [...args]]));
    this.far = new Peer(at(FAR_ADDRESS, name, (program, ...args) => this.command(program, ...args)));
  }

  /** Returns the command that runs a program on the far side. */
  command(program: string, ...args: readonly string[]): [file: string, args: string[]] {
    return ['nsenter', [`--net=/run/netns/${this.#name}`, program, ...args]];
  }

  /** Runs a program on the far side to its end. */
  run(program: string, ...args: readonly string[]): string {
    const [file, argv] = this.command(program, ...args);
    return execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.host.stop(), this.far.stop()]);
    this.#remove();
  }

  #remove(): void {
    // Deleting one side deletes the cable.
    for (const words of [
      ['link', 'del', this.#name],
      ['netns', 'del', this.#name],
    ]) {
      try {
        ip(...words);
      } catch {
        // It was never created, because an earlier step failed.
      }
    }
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Returns a namespace for a {@link Peer}. */
function at(ipv4: string, name: string, command: Namespace['command']): Namespace {
  const run: Namespace['run'] = (program, ...args) => {
    const [file, argv] = command(program, ...args);
    return execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const none = '';
  const set = (): void => {
    throw new Error('variables of the host are left alone');
  };
  return { name, ipv4, otherIpv4: none, ipv6: none, otherIpv6: none, command, run, set };
}
