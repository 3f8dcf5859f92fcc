import type { Connection, ConnectionObserver, StateSlot, StateSlots } from '../../cache/index.js';
import type { SocketProcesses } from '../../host/processes/index.js';
import type { ArchivedProcess } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { type RowSocket, socketInode, socketOf } from '../store/index.js';

/** Processes of connections for their archives, `-archive.process`. */
export class ArchiveProcesses {
  readonly #search: SocketProcesses;
  readonly #view = new RecordView();
  readonly #slot: StateSlot<RowSocket>;
  /**
   * Observer that tells the search which sockets are wanted. Not needed beside a live store, which does.
   */
  readonly observer: ConnectionObserver = {
    opened: (connection) => this.#want(connection),
    changed: (connection) => {
      const known = this.#slot.get(connection.slots);
      const { rawIdm } = connection.last;
      // The socket was accepted: only now a process can hold it.
      if (known?.inode === 0 && rawIdm !== undefined && socketInode(rawIdm) !== 0) this.#want(connection);
    },
    closed: ({ slots }) => {
      const inode = this.#slot.get(slots)?.inode ?? 0;
      if (inode !== 0) this.#search.ended(inode);
    },
  };

  constructor(search: SocketProcesses, slots: StateSlots) {
    this.#search = search;
    this.#slot = slots.create();
  }

  /** Returns what is known of the process and the cgroup of a connection; undefined if nothing is. */
  readonly processOf = (connection: Connection): ArchivedProcess | undefined => {
    const { inode, cgroupId } = this.#socketOf(connection);
    const { process } = this.#search.processOf(inode);
    const cgroup = cgroupId === undefined ? null : this.#search.cgroupOf(cgroupId);
    const pod = cgroup?.pod ?? null;
    const podName = pod === null ? null : pod.name === null ? pod.uid : `${pod.namespace ?? ''}/${pod.name}`;
    const known: ArchivedProcess = {
      ...(process === null ? {} : { pid: process.pid, command: process.command }),
      ...optional('unit', cgroup?.unit),
      ...optional('container', cgroup?.container?.id),
      ...optional('pod', podName),
    };
    return Object.keys(known).length === 0 ? undefined : known;
  };

  #want(connection: Connection): void {
    const socket = this.#socketOf(connection);
    this.#slot.set(connection.slots, socket);
    this.#search.want(socket);
  }

  #socketOf({ last, netns }: Connection): RowSocket {
    this.#view.load(last);
    return socketOf(this.#view, netns?.inode);
  }
}

function optional<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: string });
}
