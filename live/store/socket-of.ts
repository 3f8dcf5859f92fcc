import {
  INET_DIAG_CGROUP_ID,
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  SCALAR_ATTRIBUTES,
} from '../../inetdiag/index.js';
import { fieldOf, readU32 } from '../../netlink/index.js';
import { fieldReader, numberReader, RAW_IDM, type RecordView } from '../../parse/snapshot/index.js';
import type { RowSocket } from './row-context.js';

const readInode = numberReader(RAW_IDM, fieldOf(INET_DIAG_MSG, 'inode'));
const readUid = numberReader(RAW_IDM, fieldOf(INET_DIAG_MSG, 'uid'));
const readSport = numberReader(RAW_IDM, fieldOf(INET_DIAG_SOCKID, 'sport'), INET_DIAG_MSG_ID_OFFSET);

function cgroupReader(): (view: RecordView) => bigint | undefined {
  const field = SCALAR_ATTRIBUTES.get(INET_DIAG_CGROUP_ID);
  if (field === undefined) throw new TypeError('the cgroup id is not a scalar attribute');
  const read = fieldReader(INET_DIAG_CGROUP_ID, field);
  return (view) => {
    const id = read(view);
    return typeof id === 'bigint' ? id : undefined;
  };
}

const readCgroup = cgroupReader();

/** Reads from a record what the search for the socket's process needs. */
export function socketOf(view: RecordView, netnsInode: number | undefined): RowSocket {
  return {
    inode: readInode(view) ?? 0,
    uid: readUid(view) ?? 0,
    cgroupId: readCgroup(view),
    localPort: readSport(view) ?? 0,
    netnsInode,
  };
}

/** Reads the inode of a record's socket; 0 while no process holds it. */
export function inodeOf(view: RecordView): number {
  return readInode(view) ?? 0;
}

const INODE_OFFSET = fieldOf(INET_DIAG_MSG, 'inode').offset;

/** Reads the inode of a socket from its `inet_diag_msg`; 0 while no process holds it. */
export function socketInode(rawIdm: Uint8Array): number {
  return readU32(rawIdm, INODE_OFFSET) ?? 0;
}
