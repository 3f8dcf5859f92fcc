/** Selection of connections by time, ports, addresses, endpoints and UUID, and of the archives that may hold them. */
export { candidates } from './candidates.js';
export { ENDS_FORMS, looksLikeEnds, parseEnds } from './ends.js';
export {
  isSelected,
  PEER_FORMS,
  PORT_FORMS,
  parsePeers,
  parsePorts,
  type Selection,
  selectsOnlyUuid,
  startsWithin,
  timeUs,
} from './selection.js';
