import { type WrittenConnection, writeConnection } from '../../support/connections.js';
import { tempFolder } from '../../support/temp.js';

/** Closed connection over IPv4. */
export const WEB: WrittenConnection = {
  uuid: 'host_1_00000000000000A1',
  start: '2026-11-20T23:00:00Z',
  local: ['10.0.0.1', 50_001],
  remote: ['10.0.0.2', 443],
  bytesPerStep: 100_000,
  records: 30,
};
/** Connection without an end, which began before {@link WEB}. */
export const OPEN: WrittenConnection = {
  ...WEB,
  uuid: 'host_1_00000000000000B2',
  start: '2026-11-20T22:00:00Z',
  isOver: false,
};
/** Closed connection over IPv6, which began after {@link WEB}. */
export const DATABASE: WrittenConnection = {
  ...WEB,
  uuid: 'host_1_00000000000000C3',
  start: '2026-11-21T12:00:00Z',
  local: ['2001:db8::1', 5432],
  remote: ['2001:db8::2', 40_000],
};

/** Creates a folder with these connections. */
export async function folderOf(...connections: readonly WrittenConnection[]): Promise<string> {
  const folder = tempFolder();
  for (const connection of connections) await writeConnection(folder, connection);
  return folder;
}
