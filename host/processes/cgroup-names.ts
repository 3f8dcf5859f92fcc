import type { Container } from './types.js';

/** Names in the path of a cgroup. */
export interface CgroupNames {
  readonly unit: string | null;
  readonly container: Container | null;
  readonly podUid: string | null;
}

/** Types of systemd units with processes; slices only contain others. */
const UNIT = /^[A-Za-z0-9:_.\\@-]+\.(?:service|scope|socket|mount|swap)$/;
/** Scope of a container by the systemd driver. Not the runtime's monitor, e.g. `crio-conmon-<id>.scope`. */
const SCOPE = /^(docker|cri-containerd|nerdctl|crio|libpod)-([0-9a-f]{12,64})(?:\.scope)?$/;
/** Folder that a runtime makes from `slice:prefix:id` when its driver is not systemd's. */
const COLONS = /^.*:(docker|cri-containerd|nerdctl|crio|libpod):([0-9a-f]{12,64})$/;
/** Folder of a container by the cgroupfs driver. */
const BARE = /^[0-9a-f]{64}$/;
const UID = '[0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12}';
/** Folder of a pod by the systemd driver, whose uid has underscores, and by the cgroupfs driver. */
const POD_SLICE = new RegExp(`^(?:[a-z]+-)*kubepods(?:-burstable|-besteffort)?-pod(${UID})\\.slice(?::|$)`);
const POD_FOLDER = new RegExp(`^pod(${UID})$`);

const RUNTIMES: Readonly<Record<string, string>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'crio',
  libpod: 'podman',
};

/** Finds the unit, the container and the pod in a cgroup's path. The innermost of each counts. */
export function parseCgroupPath(path: string): CgroupNames {
  const names = path.split('/').filter((name) => name !== '');
  const inward = names.map(unescapeName);
  return {
    unit: inward.findLast((name) => UNIT.test(name)) ?? null,
    container: findContainer(names),
    podUid: names.map(podUidOf).findLast((uid) => uid !== null) ?? null,
  };
}

/** Removes the underscore that systemd puts before names that could be files of the kernel, e.g. `_cpu.service`. */
function unescapeName(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name;
}

function findContainer(names: readonly string[]): Container | null {
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] ?? '';
    const [, kind = '', id] = SCOPE.exec(name) ?? COLONS.exec(name) ?? [];
    if (id !== undefined) return { id, runtime: RUNTIMES[kind] ?? null };
    const parent = names[at - 1] ?? '';
    if (!BARE.test(name)) continue;
    if (parent === 'docker') return { id: name, runtime: 'docker' };
    if (podUidOf(parent) !== null) return { id: name, runtime: null };
  }
  return null;
}

function podUidOf(name: string): string | null {
  const uid = (POD_SLICE.exec(name) ?? POD_FOLDER.exec(name))?.[1];
  return uid?.replaceAll('_', '-') ?? null;
}
