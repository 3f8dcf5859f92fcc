import type { Cgroup, Container, Pod, SearchUnknown, SocketProcess } from '../../host/processes/index.js';

/** Type whose values of some keys may be null. */
type OrNull<T, Key extends keyof T> = { readonly [K in keyof T]: K extends Key ? T[K] | null : T[K] };

/** Process that holds a socket. In archives `uid`, `otherPids` and `seenTime` are null. */
export interface ProcessJson extends OrNull<SocketProcess, 'uid' | 'otherPids' | 'seenTime'> {}

/**
 * Reasons for which the process of a connection is unknown. `pending`: the search is not finished. `none`: no process
 * holds the socket (not accepted yet, closed by its program, or ended before a scan saw it). `permission`: no
 * readable process holds it, and some processes may not be read. `gone`: the process ended, or closed the socket,
 * before it was found. `off`: processes are not looked up. In
 * archives, `gone`: it was not found before they began; `off`: they have none.
 */
export const PROCESS_UNKNOWN = ['pending', 'none', 'permission', 'gone', 'off'] as const satisfies readonly (
  | SearchUnknown
  | 'off'
)[];
/** One of {@link PROCESS_UNKNOWN}. */
export type ProcessUnknown = (typeof PROCESS_UNKNOWN)[number];

/** Container of a cgroup. */
export interface ContainerJson extends Container {}

/** Kubernetes pod of a cgroup. `uid` is null in archives that have its names. */
export interface PodJson extends OrNull<Pod, 'uid'> {}

/** Control group (cgroup v2) in which a socket was created. In archives `id` is null. */
export interface CgroupJson extends Omit<Cgroup, 'id' | 'container' | 'pod'> {
  readonly id: string | null;
  readonly container: ContainerJson | null;
  readonly pod: PodJson | null;
}
