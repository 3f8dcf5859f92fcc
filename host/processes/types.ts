/** Process that holds a socket. */
export interface SocketProcess {
  /** Process id, as the collector sees it. */
  readonly pid: number;
  /** Name of the process, `comm`: at most 15 bytes, which the process itself may change to anything. */
  readonly command: string;
  /** Path of the program, with ` (deleted)` if its file was removed; null if it may not be read. */
  readonly executable: string | null;
  /** Effective user id. */
  readonly uid: number;
  /** Name of the user; null if the machine has no name for the id. */
  readonly user: string | null;
  /** Number of further processes that hold the socket. */
  readonly otherPids: number;
  /** Time when the process was last seen to hold the socket, or up to a second before that, RFC 3339 UTC. */
  readonly seenTime: string;
}

/**
 * Reasons for which the process of a socket is unknown. `pending`: the search is not finished. `none`: no process holds
 * the socket. `permission`: no readable process holds it, and some processes may not be read. `gone`: the process
 * ended, or closed the socket, before it was found.
 */
export type SearchUnknown = 'pending' | 'none' | 'permission' | 'gone';

/** Process of a socket, or the reason why it is unknown: one of both is null. */
export interface ProcessAnswer {
  readonly process: SocketProcess | null;
  readonly unknown: SearchUnknown | null;
}

/** Container of a cgroup. */
export interface Container {
  /** Id that the runtime gave, usually 64 hexadecimal digits. */
  readonly id: string;
  /** Runtime: `docker`, `containerd`, `crio` or `podman`; null if the path does not tell. */
  readonly runtime: string | null;
}

/** Kubernetes pod of a cgroup. Names are null where the kubelet's log folders are not readable. */
export interface Pod {
  readonly uid: string;
  readonly name: string | null;
  readonly namespace: string | null;
  /** Name of the container in the pod. */
  readonly container: string | null;
}

/** Control group (cgroup v2) in which a socket was created. */
export interface Cgroup {
  /** Id, `INET_DIAG_CGROUP_ID`, in decimal digits. */
  readonly id: string;
  /** Path below the root of the hierarchy; null if it is not found, e.g. from another cgroup namespace. */
  readonly path: string | null;
  /** Systemd unit; null if the path names none. */
  readonly unit: string | null;
  readonly container: Container | null;
  readonly pod: Pod | null;
}

/** Socket whose process is wanted. */
export interface WantedSocket {
  /** Inode number of the socket; 0 if it has none. */
  readonly inode: number;
  /** User id of the socket. */
  readonly uid: number;
  /** `INET_DIAG_CGROUP_ID`; undefined if unknown. */
  readonly cgroupId: bigint | undefined;
  readonly localPort: number;
  /** Network namespace of the socket; undefined for the own one. */
  readonly netnsInode: number | undefined;
}

/** Result of a search, for a counter. */
export type LookupResult = 'found' | 'none' | 'permission' | 'gone';

/** Callbacks about the search, for metrics and logs. */
export interface ProcessReports {
  /** Reports that the process of a socket was found, or that a search has ended without it. */
  readonly lookedUp: (result: LookupResult) => void;
  /** Reports CPU time that the search took on its thread, in nanoseconds. */
  readonly spent: (cpuNs: number) => void;
  /** Reports a failed operation. `errno` is positive; `isFirst` is true if the operation has succeeded before. */
  readonly failed: (operation: 'survey' | 'read' | 'cgroup', errno: number, isFirst: boolean) => void;
  /** Reports an error of the search itself, which goes on. `isFirst` is true only once. */
  readonly crashed: (error: unknown, isFirst: boolean) => void;
  /** Reports the first process that may not be read. */
  readonly refused: () => void;
}
