/** Carries segments of `live/stream` to a broker: at least once, each frame under one id. Separate entry point of `ship`. */
export { NatsTransport } from './nats-transport.js';
export { ShipError, type ShipOperation } from './ship-error.js';
export { Shipper, type ShipperOptions } from './shipper.js';
export { type Carrier, type FrameMessage, REFUSALS, type Refusal, RefusedError, type Transport } from './transport.js';
