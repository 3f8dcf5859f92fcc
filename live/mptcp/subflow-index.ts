import { type MptcpFields, MptcpSubflowFlag } from '../../inetdiag/index.js';

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

/** Rows of MPTCP subflows by network namespace and token. Rows of plain TCP are in no way in it. */
export class SubflowIndex<Row> {
  readonly #groups = new Map<string, Set<Row>>();

  /** Number of connections with a subflow. */
  get size(): number {
    return this.#groups.size;
  }

  add(row: Row, netnsInode: number | undefined, token: number): void {
    const key = keyOf(netnsInode, token);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, new Set([row]));
    else group.add(row);
  }

  delete(row: Row, netnsInode: number | undefined, token: number): void {
    const key = keyOf(netnsInode, token);
    const group = this.#groups.get(key);
    group?.delete(row);
    if (group?.size === 0) this.#groups.delete(key);
  }

  /** Returns the rows of a connection's subflows, oldest first. */
  of(netnsInode: number | undefined, token: number): readonly Row[] {
    return [...(this.#groups.get(keyOf(netnsInode, token)) ?? [])];
  }
}

function keyOf(netnsInode: number | undefined, token: number): string {
  return `${netnsInode ?? ''}:${token}`;
}
