import { type MptcpFields, MptcpSubflowFlag } from '../../inetdiag/index.js';
import type { MptcpConnection } from './mptcp-connection.js';

/** MPTCP state of a subflow's socket, from its newest record. */
export interface SubflowState {
  /** Our token for the connection: equal in all of its subflows, within their network namespace. */
  readonly token: number;
  /** True if it joined the connection; false for the first subflow. */
  readonly joined: boolean;
  /** True if either end has asked for it to be used as a backup. */
  readonly backup: boolean;
  /** Address ids of both ends; null if unknown. */
  readonly idLoc: number | null;
  readonly idRem: number | null;
}

const { JOIN_LOC, JOIN_REM, BKUP_LOC, BKUP_REM } = MptcpSubflowFlag;

/**
 * Returns the state of a subflow from its INET_ULP_INFO_MPTCP; undefined without a token, as in a plain TCP connection of
 * an MPTCP socket that fell back.
 */
export function subflowState({ tokenLoc, flags = 0, idLoc, idRem }: MptcpFields): SubflowState | undefined {
  if (tokenLoc === undefined || tokenLoc === 0) return undefined;
  return {
    token: tokenLoc,
    joined: (flags & (JOIN_LOC | JOIN_REM)) !== 0,
    backup: (flags & (BKUP_LOC | BKUP_REM)) !== 0,
    idLoc: idLoc ?? null,
    idRem: idRem ?? null,
  };
}

/** Returns a token as rows show it, 8 hexadecimal digits. */
export function tokenText(token: number): string {
  return token.toString(16).padStart(8, '0');
}

/** Subflows of one MPTCP connection, and what its own socket says. */
interface Group<Row> {
  readonly rows: Set<Row>;
  connection: MptcpConnection | undefined;
}

/** Rows of MPTCP subflows by network namespace and token. Rows of plain TCP are in no way in it. */
export class SubflowIndex<Row> {
  /** Groups by token, by inode of their network namespace. */
  readonly #places = new Map<number | undefined, Map<number, Group<Row>>>();

  /** Returns the inodes of the network namespaces with a subflow that is open; undefined is the collector's own. */
  places(isOpen: (row: Row) => boolean): ReadonlySet<number | undefined> {
    const found = new Set<number | undefined>();
    for (const [place, groups] of this.#places) if (hasOpen(groups, isOpen)) found.add(place);
    return found;
  }

  add(row: Row, netnsInode: number | undefined, token: number): void {
    const groups = this.#places.get(netnsInode) ?? new Map<number, Group<Row>>();
    this.#places.set(netnsInode, groups);
    const group = groups.get(token);
    if (group === undefined) groups.set(token, { rows: new Set([row]), connection: undefined });
    else group.rows.add(row);
  }

  delete(row: Row, netnsInode: number | undefined, token: number): void {
    const groups = this.#places.get(netnsInode);
    const group = groups?.get(token);
    group?.rows.delete(row);
    if (group?.rows.size === 0) groups?.delete(token);
    if (groups?.size === 0) this.#places.delete(netnsInode);
  }

  /** Returns the rows of a connection's subflows, oldest first. */
  of(netnsInode: number | undefined, token: number): readonly Row[] {
    return [...(this.#places.get(netnsInode)?.get(token)?.rows ?? [])];
  }

  /** Returns what the socket of a connection says; undefined if it is not known. */
  connection(netnsInode: number | undefined, token: number): MptcpConnection | undefined {
    return this.#places.get(netnsInode)?.get(token)?.connection;
  }

  /** Takes what the sockets of the connections of a network namespace say. What is known of others stays. */
  set(netnsInode: number | undefined, connections: readonly MptcpConnection[]): void {
    const groups = this.#places.get(netnsInode);
    for (const connection of connections) {
      const group = groups?.get(connection.token);
      if (group !== undefined) group.connection = connection;
    }
  }
}

function hasOpen<Row>(groups: ReadonlyMap<number, Group<Row>>, isOpen: (row: Row) => boolean): boolean {
  for (const { rows } of groups.values()) for (const row of rows) if (isOpen(row)) return true;
  return false;
}
