/** Network metrics: connections by state and port group, listeners, local ports. */
export { type DestinationPorts, EphemeralPorts } from './ephemeral-ports.js';
export { HalfOpen, type HalfOpenOptions } from './half-open.js';
export { Listeners } from './listeners.js';
export { NetworkMeter, type NetworkMeterOptions } from './network-meter.js';
export { type PortGroup, PortGroups } from './port-groups.js';
