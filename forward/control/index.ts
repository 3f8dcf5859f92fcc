/** Control socket of the forwarder: statistics, refused addresses, ends and drains while it runs. */
export { answerControl, type ControlAnswer, type ControlRequest } from './answer.js';
export { ControlServer } from './server.js';
