import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';
import { Running } from './running.js';
import { until } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'wire.py');
const NETWORK = '10.78.0';

/** Properties of a path. */
export interface PathOptions {
  /** Delay in seconds towards the near side; none by default. */
  readonly delay?: number;
  /** Share of the segments towards the far side that is lost. */
  readonly loss?: number;
  /** Seconds for which {@link Path.loseAll} loses all segments towards the far side. */
  readonly burst?: number;
  /** Queueing discipline, for `tc`, towards the far side. */
  readonly discipline?: readonly string[];
  /** Queueing discipline, for `tc`, towards the near side. */
  readonly nearDiscipline?: readonly string[];
}

/**
 * A second route between two namespaces, through a third one that delays and drops. The queues of the two sides stay as
 * they are: a drop there would not be a loss on the path, and a full one stops the sender.
 */
export class Path implements AsyncDisposable {
  readonly #middle: string;
  readonly #wire: Running;
  /** Address of the far side over this path. */
  readonly farIpv4 = `${NETWORK}.2`;

  private constructor(middle: string, wire: Running) {
    this.#middle = middle;
    this.#wire = wire;
  }

  /** Creates the path. @throws when the kernel lacks the queueing discipline */
  static async lay(
    near: Namespace,
    far: Namespace,
    { delay = 0, loss = 0, burst = 0, discipline, nearDiscipline }: PathOptions,
  ): Promise<Path> {
    const middle = `${near.name}-middle`;
    run('ip', 'netns', 'add', middle);
    try {
      connect(near, middle, 'to-near', 1);
      connect(far, middle, 'to-far', 2);
      const queues = { 'to-far': discipline, 'to-near': nearDiscipline };
      for (const [device, queue] of Object.entries(queues)) {
        if (queue !== undefined) inside(middle, 'tc', 'qdisc', 'add', 'dev', device, 'root', ...queue);
      }
    } catch (error) {
      run('ip', 'netns', 'del', middle);
      throw error;
    }
    const flags = [`--delay=${delay}`, `--loss=${loss}`, `--burst=${burst}`];
    const wire = new Running('nsenter', [netns(middle), 'python3', PROGRAM, 'to-near', 'to-far', ...flags]);
    const path = new Path(middle, wire);
    await until('the wire', () => {
      if (wire.output.includes('Error')) throw new Error(`the wire broke: ${wire.output}`);
      return wire.output.includes('ready');
    });
    return path;
  }

  /** Loses all segments towards the far side for a burst. Returns the time of its start, microseconds since 1970. */
  async loseAll(): Promise<number> {
    const before = this.#wire.output.length;
    this.#wire.signal('SIGUSR1');
    await until('the burst', () => /burst \d+\n/.test(this.#wire.output.slice(before)));
    return Number(/burst (\d+)/.exec(this.#wire.output.slice(before))?.[1]) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire[Symbol.asyncDispose]();
    run('ip', 'netns', 'del', this.#middle);
  }
}

function connect(end: Namespace, middle: string, device: string, host: number): void {
  end.run('ip', 'link', 'add', 'path', 'type', 'veth', 'peer', 'name', device, 'netns', middle);
  // One segment per packet, as on a wire. Otherwise 64 KiB would be lost or delayed at once.
  end.run('ip', 'link', 'set', 'path', 'gso_max_segs', '1', 'up');
  end.run('ip', 'address', 'add', `${NETWORK}.${host}/24`, 'dev', 'path');
  inside(middle, 'sh', '-c', `echo 1 > /proc/sys/net/ipv6/conf/${device}/disable_ipv6`);
  inside(middle, 'ip', 'link', 'set', device, 'up');
}

function inside(middle: string, program: string, ...args: readonly string[]): void {
  run('nsenter', netns(middle), program, ...args);
}

function netns(middle: string): string {
  return `--net=/run/netns/${middle}`;
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
