/** Control socket of the forwarder: statistics, refused addresses, ends and drains while it runs. */
export { answerControl, type ControlAnswer, type ControlRequest } from './answer.js';
export {
  CONTROL_ACTIONS,
  type ControlAction,
  type ControlCommand,
  ControlCommandError,
  parseCommand,
} from './command.js';
export { ControlServer } from './server.js';
