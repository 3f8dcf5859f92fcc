import { execFileSync } from 'node:child_process';
import { havePrograms, skipped } from './programs.js';

/** One of two network namespaces that are joined by a cable. */
export interface Namespace {
  readonly name: string;
  /** Address on the cable. */
  readonly ipv4: string;
  /** Second address, used only for sockets that bind to it. */
  readonly otherIpv4: string;
  readonly ipv6: string;
  readonly otherIpv6: string;
  /** Returns the command that runs a program inside. */
  command(program: string, ...args: readonly string[]): readonly [file: string, args: string[]];
  /** Runs a program inside to its end, and returns its output. */
  run(program: string, ...args: readonly string[]): string;
  /** Sets a per-namespace kernel variable, e.g. `net/ipv4/tcp_fin_timeout`. */
  set(variable: string, value: number): void;
}

/** Two namespaces, joined only to each other. */
export interface NamespacePair {
  /** The daemon's namespace. */
  readonly near: Namespace;
  /** The other namespace. */
  readonly far: Namespace;
  /** An address on the cable that accepts packets and never answers. */
  readonly silentIpv4: string;
  /** Removes both namespaces. */
  remove(): void;
}

/** Returns true if namespaces can be created here; else reports on stderr what is skipped. */
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

/** Returns a name that is unique to this process. */
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

/** Uses nsenter instead of `ip netns exec` or `ip -n`: those remount /sys, which a chroot does not allow. */
function inside(name: string, program: string, ...args: readonly string[]): [file: string, args: string[]] {
  return ['nsenter', [`--net=/run/netns/${name}`, program, ...args]];
}

/** Creates two namespaces with a cable, IPv4 and IPv6 addresses on it, and loopback. */
export function createNamespacePair(): NamespacePair {
  const near = namespace(nextName('a'), 1);
  const far = namespace(nextName('b'), 2);
  const remove = (): void => {
    for (const { name } of [near, far]) {
      try {
        ip('netns', 'del', name);
      } catch {
        // It was never created, because an earlier step failed.
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
      // Without duplicate address detection an address works at once. A deprecated one is used only by sockets bound to
      // it.
      ipInside(each.name, 'address', 'add', `${each.ipv6}/64`, 'dev', 'cable', 'nodad');
      ipInside(each.name, 'address', 'add', `${each.otherIpv6}/64`, 'dev', 'cable', 'nodad', 'preferred_lft', '0');
      // Packets leave for a link-layer address that does not exist.
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
    // More than 48 network bits, so that anonymisation cuts bits that are not zero.
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
