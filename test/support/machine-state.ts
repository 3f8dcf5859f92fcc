import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Files of the machine that no test may change. */
export interface MachinePaths {
  readonly devices: readonly string[];
  /** Kernel variables. */
  readonly variables: readonly string[];
  /** Folders with one entry per network interface or namespace, and the names that matter. */
  readonly listings: readonly { readonly folder: string; readonly names: RegExp }[];
}

/** Devices and kernel variables outside of the network namespaces that tests create. */
export const MACHINE: MachinePaths = {
  devices: ['null', 'zero', 'full', 'tty', 'random', 'urandom', 'ptmx', 'shm'].map((name) => `/dev/${name}`),
  variables: [
    ...['core_pattern', 'randomize_va_space', 'perf_event_paranoid', 'pid_max', 'panic'].map(
      (name) => `kernel/${name}`,
    ),
    ...['file-max', 'nr_open', 'suid_dumpable', 'protected_symlinks'].map((name) => `fs/${name}`),
    ...['overcommit_memory', 'dirty_ratio', 'dirty_bytes'].map((name) => `vm/${name}`),
    ...['somaxconn', 'rmem_max', 'rmem_default', 'wmem_max', 'bpf_jit_enable'].map((name) => `net/core/${name}`),
    ...[
      'ip_local_port_range',
      'ip_local_reserved_ports',
      'ip_forward',
      'tcp_congestion_control',
      'tcp_fin_timeout',
      'tcp_max_orphans',
      'tcp_max_syn_backlog',
      'tcp_max_tw_buckets',
      'tcp_mem',
      'tcp_rmem',
      'tcp_wmem',
      'tcp_syncookies',
      'tcp_timestamps',
      'tcp_tw_reuse',
    ].map((name) => `net/ipv4/${name}`),
  ].map((name) => `/proc/sys/${name}`),
  // Other test runs may be active. Their namespaces contain another process id.
  listings: [
    { folder: '/sys/class/net', names: /./ },
    { folder: '/run/netns', names: new RegExp(`-${process.pid}\\b`) },
  ],
};

/** State of the machine: a text for each path. */
export type MachineState = ReadonlyMap<string, string>;

/** Reads the state of all these paths. */
export function readMachine({ devices, variables, listings }: MachinePaths): MachineState {
  return new Map([
    ...devices.map((path) => [path, readable(() => describeDevice(path))] as const),
    ...variables.map((path) => [path, readable(() => readFileSync(path, 'utf8').trim())] as const),
    ...listings.map(({ folder, names }) => [folder, readable(() => namesIn(folder, names))] as const),
  ]);
}

/** Returns a line for each path whose state differs. */
export function changesOf(before: MachineState, after: MachineState): string[] {
  return [...before].flatMap(([path, was]) => {
    const is = after.get(path);
    return is === undefined || is === was ? [] : [`${path} was "${was}" and is "${is}"`];
  });
}

function namesIn(folder: string, names: RegExp): string {
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .toSorted()
    .join(' ');
}

function describeDevice(path: string): string {
  const { mode, uid, gid, rdev } = statSync(path);
  return `mode ${mode.toString(8)} owner ${uid}:${gid} device ${rdev >> 8}:${rdev & 0xff}`;
}

/** Reads a path that may be missing on this machine, and must then stay missing. */
function readable(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
