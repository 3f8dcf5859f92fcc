/** Selection of connections by time, ports, addresses, endpoints and UUID. */
export { ENDS_FORMS, looksLikeEnds, parseEnds } from './ends.js';
export {
  EVERYTHING,
  endsLike,
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
