/** Attribution of connections: which listener and which service a connection came to, and who opened it. */
export { type Attributed, Attribution } from './attribution.js';
export { type Listener, ListenerTable, type LocalEnd, listenerSid, listenText } from './listener-table.js';
export { type Opener, type OpenerFields, openedBy, openedByFinal } from './opener.js';
export { type ServiceAddress, ServiceIndex } from './service-index.js';
