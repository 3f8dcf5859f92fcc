/** Commands on a running service, of the forwarder's control socket and of the live API. */
export {
  CONTROL_ACTIONS,
  type ControlAction,
  type ControlCommand,
  ControlCommandError,
  MAX_COMMAND_BYTES,
  parseCommand,
} from './command.js';
