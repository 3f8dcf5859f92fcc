/** Connections of services as records of their sockets show them, and services counted from listings of the kernel. */
export { Census, type ListedService, type ListingTime } from './census.js';
export { type CountedService, NamedPlaces } from './service-places.js';
export { SocketReader, type SocketRecord } from './socket-reader.js';
export { openerFields, WatchedSocket } from './watched-socket.js';
