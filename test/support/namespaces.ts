import { execFileSync } from 'node:child_process';
import { havePrograms, skipped } from './programs.js';

/** One of two network namespaces that are joined by a cable. */
export interface Namespace {
  readonly name: string;
  /** Its address on the cable. */
  readonly ipv4: string;
  /** A second one, that is used only by whoever asks for it. */
  readonly otherIpv4: string;
  readonly ipv6: string;
  readonly otherIpv6: string;
  /** What to spawn in order to run a program inside. */
  command(program: string, ...args: readonly string[]): readonly [file: string, args: string[]];
  /** Runs a program inside to its end, and returns its output. */
  run(program: string, ...args: readonly string[]): string;
  /** Sets a variable of the kernel that each namespace has its own of, e.g. `net/ipv4/tcp_fin_timeout`. */
  set(variable: string, value: number): void;
}

/** Two namespaces, and nothing else, on one cable. */
export interface NamespacePair {
  /** Where the daemon runs. */
  readonly near: Namespace;
  /** The other end. */
  readonly far: Namespace;
  /** An address on the cable to which packets can be sent and from which nothing ever comes back. */
  readonly silentIpv4: string;
  /** Removes both. */
  remove(): void;
}

/** Whether namespaces can be made here; says on stderr what is skipped when not. */
export function haveNamespaces(what: string): boolean {
  if (process.getuid?.() !== 0) {
    skipped(what, 'not root, who alone may make network namespaces');
    return false;
  }
  if (!havePrograms(what, 'ip', 'ss', 'nsenter')) return false;
  try {
    const name = nextName('probe');
    ip('netns', 'add', name);
    try {
      ipInside(name, 'link', 'set', 'lo', 'up');
    } finally {
      ip('netns', 'del', name);
    }
    return true;
  } catch (error) {
    skipped(what, `network namespaces cannot be made: ${String(error)}`);
    return false;
  }
}

const SILENT_IPV4 = '10.77.0.99';
let made = 0;

/** A name of this process only. */
function nextName(suffix: string): string {
  return `tcpi-${process.pid}-${++made}${suffix}`;
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function ipInside(name: string, ...args: readonly string[]): void {
  const [file, argv] = inside(name, 'ip', ...args);
  execFileSync(file, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Not `ip netns exec`, nor `ip -n`: they remount /sys, which a chroot does not let them. */
function inside(name: string, program: string, ...args: readonly string[]): [file: string, args: string[]] {
  return ['nsenter', [`--net=/run/netns/${name}`, program, ...args]];
}

/** Makes two namespaces with a cable, IPv4 and IPv6 addresses on it, and loopback. */
export function createNamespacePair(): NamespacePair {
  const near = namespace(nextName('a'), 1);
  const far = namespace(nextName('b'), 2);
  const remove = (): void => {
    for (const { name } of [near, far]) {
      try {
        ip('netns', 'del', name);
      } catch {
        // It was never made, because what came before it failed.
      }
    }
  };
  try {
    for (const { name } of [near, far]) {
      ip('netns', 'add', name);
      ipInside(name, 'link', 'set', 'lo', 'up');
    }
    ipInside(near.name, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', far.name);
    for (const each of [near, far]) {
      ipInside(each.name, 'link', 'set', 'cable', 'up');
      for (const address of [`${each.ipv4}/24`, `${each.otherIpv4}/24`]) {
        ipInside(each.name, 'address', 'add', address, 'dev', 'cable');
      }
      // Without duplicate address detection an address can be used at once; a deprecated one only by whoever asks for it.
      ipInside(each.name, 'address', 'add', `${each.ipv6}/64`, 'dev', 'cable', 'nodad');
      ipInside(each.name, 'address', 'add', `${each.otherIpv6}/64`, 'dev', 'cable', 'nodad', 'preferred_lft', '0');
      // Packets leave for a card that is not there.
      const nobody = ['lladdr', '02:00:00:00:00:63', 'nud', 'permanent', 'dev', 'cable'];
      ipInside(each.name, 'neighbour', 'add', SILENT_IPV4, ...nobody);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { near, far, silentIpv4: SILENT_IPV4, remove };
}

function namespace(name: string, host: number): Namespace {
  const command: Namespace['command'] = (program, ...args) => inside(name, program, ...args);
  return {
    name,
    ipv4: `10.77.0.${host}`,
    otherIpv4: `10.77.0.${host + 10}`,
    // More than 48 bits of network, so that what anonymisation cuts is not zero.
    ipv6: `fd77:1:2:3::${host}`,
    otherIpv6: `fd77:1:2:3::${host + 10}`,
    command,
    run(program, ...args) {
      const [file, argv] = command(program, ...args);
      return execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    },
    set(variable, value) {
      this.run('sh', '-c', `echo ${value} > /proc/sys/${variable}`);
    },
  };
}
