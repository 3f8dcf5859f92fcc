import type { Connection, ConnectionObserver, StateSlot, StateSlots } from '../../cache/index.js';
import type { Cgroup, Pod, SocketProcess, SocketProcesses } from '../../host/processes/index.js';
import type { ArchivedProcess } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { type RowSocket, socketInode, socketOf } from '../store/index.js';

/** Options of {@link ArchiveProcesses}. */
export interface ArchiveProcessesOptions {
  readonly search: Pick<SocketProcesses, 'want' | 'ended' | 'processOf' | 'cgroupOf'>;
  readonly slots: StateSlots;
  /** True beside a live store, which tells the search itself which sockets are wanted and which have ended. */
  readonly isLive: boolean;
}

/** State of a connection. */
interface Known {
  /** Socket as the search knows it. Later records of a socket that its process has closed have no inode. */
  socket: RowSocket;
  /** Process when the connection ended; while it is open, that of an earlier end. */
  last: ArchivedProcess | undefined;
  isOpen: boolean;
}

/** Processes of connections for their archives, `-archive.process`. */
export class ArchiveProcesses {
  readonly #search: ArchiveProcessesOptions['search'];
  readonly #isLive: boolean;
  readonly #view = new RecordView();
  readonly #slot: StateSlot<Known>;
  /**
   * Observer that keeps what is known of a connection when it ends. The search forgets the socket then, but the first
   * frame of a short or quiet connection is written later. So it is called before the observer of a live store.
   */
  readonly observer: ConnectionObserver = {
    opened: (connection) => this.#open(connection),
    changed: (connection) => {
      const known = this.#slot.get(connection.slots);
      const { rawIdm } = connection.last;
      // The socket was accepted: only now a process can hold it.
      if (known?.socket.inode !== 0 || rawIdm === undefined || socketInode(rawIdm) === 0) return;
      known.socket = this.#socketOf(connection);
      this.#want(known.socket);
    },
    closed: ({ slots }) => {
      const known = this.#slot.get(slots);
      if (known === undefined) return;
      known.last = this.#find(known);
      known.isOpen = false;
      if (!this.#isLive && known.socket.inode !== 0) this.#search.ended(known.socket.inode);
    },
  };

  constructor({ search, slots, isLive }: ArchiveProcessesOptions) {
    this.#search = search;
    this.#isLive = isLive;
    this.#slot = slots.create();
  }

  /** Returns what is known of the process and the cgroup of a connection; undefined if nothing is. */
  readonly processOf = ({ slots }: Connection): ArchivedProcess | undefined => {
    const known = this.#slot.get(slots);
    if (known === undefined) return undefined;
    // After the end, the number of the socket may be another one's.
    return known.isOpen ? this.#find(known) : known.last;
  };

  #open(connection: Connection): void {
    const socket = this.#socketOf(connection);
    // A connection that vanished from scans and is seen again has a state.
    const last = this.#slot.get(connection.slots)?.last;
    this.#slot.set(connection.slots, { socket, last, isOpen: true });
    this.#want(socket);
  }

  #want(socket: RowSocket): void {
    if (!this.#isLive) this.#search.want(socket);
  }

  #find({ socket: { inode, cgroupId }, last }: Known): ArchivedProcess | undefined {
    const { process } = this.#search.processOf(inode);
    const cgroup = cgroupId === undefined ? null : this.#search.cgroupOf(cgroupId);
    const found = archivedProcess(process, cgroup);
    return found === undefined || last === undefined ? (found ?? last) : { ...last, ...found };
  }

  #socketOf({ last, netns }: Connection): RowSocket {
    this.#view.load(last);
    return socketOf(this.#view, netns?.inode);
  }
}

function archivedProcess(process: SocketProcess | null, cgroup: Cgroup | null): ArchivedProcess | undefined {
  const known: ArchivedProcess = {
    ...(process === null ? {} : { pid: process.pid, command: process.command }),
    ...optional('unit', cgroup?.unit),
    ...optional('container', cgroup?.container?.id),
    ...optional('pod', podName(cgroup?.pod)),
  };
  return Object.keys(known).length === 0 ? undefined : known;
}

/** Returns the name of a pod with its namespace; its uid if they are unknown. */
function podName(pod: Pod | null | undefined): string | null | undefined {
  if (pod === null || pod === undefined || pod.name === null || pod.namespace === null) return pod?.uid;
  return `${pod.namespace}/${pod.name}`;
}

function optional<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: string });
}
