import { DestroyEventsError } from '../../collector/index.js';
import { OutputError } from '../../daemon/index.js';
import { MachineError, NamespaceError } from '../../host/index.js';
import { EventSocketError } from '../../live/eventsocket/index.js';
import { ListenError } from '../../live/http/index.js';
import { AddonError } from '../../native/index.js';
import { CompressorError } from '../../saver/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../flags/exit-codes.js';

const EXPECTED = [
  AddonError,
  CompressorError,
  DestroyEventsError,
  EventSocketError,
  ListenError,
  MachineError,
  NamespaceError,
  OutputError,
];

/** Names of errors whose classes are loaded only with the flags that ask for their parts. */
const LIVE_ERRORS: readonly string[] = [
  'TokenError',
  'LiveListenError',
  'FlowLookupError',
  'SockDiagError',
  'HttpReadError',
  'StreamError',
  'RecordingError',
  'RecorderError',
  'AlertRequirementsError',
];
/** Errors after a mistake in the flags. */
const USAGE_ERRORS: readonly string[] = [
  'LiveListenError',
  'FlowLookupError',
  'HttpReadError',
  'AlertRequirementsError',
];

/** True for errors whose message is complete for a user; any other error is a defect and is shown with its stack. */
export function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind) || (error instanceof Error && LIVE_ERRORS.includes(error.name));
}

/** Returns the exit code for an error that is expected. */
export function exitCodeOf({ name }: Error): number {
  return USAGE_ERRORS.includes(name) ? EXIT_USAGE : EXIT_FAILED;
}

/** True for the mistakes of a file of services. By its name: its class is loaded only with such a file. */
export function isServicesError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ServicesConfigError';
}
