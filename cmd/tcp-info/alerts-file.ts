import { isUtf8 } from 'node:buffer';
import { readSmallFile, SmallFileError } from '../../files/index.js';
import { describeSystemError } from '../../host/errors/index.js';
import { type AlertRule, AlertRulesError, MAX_RULES_BYTES, parseRules } from '../../live/alerts/rules/index.js';

/** Thrown when a file of rules cannot be read; the message is the reason alone. */
export class AlertsFileError extends Error {
  override readonly name = 'AlertsFileError';
  readonly code = 'ERR_ALERTS_FILE';

  constructor(cause: unknown) {
    super(cause instanceof SmallFileError ? cause.message : describeSystemError(cause), { cause });
  }
}

/**
 * Reads a file of rules.
 * @throws AlertsFileError if it cannot be read, AlertRulesError with all its mistakes
 */
export function readAlertRules(file: string): readonly AlertRule[] {
  let bytes: Buffer;
  try {
    bytes = readSmallFile(file, { maxBytes: MAX_RULES_BYTES });
  } catch (error) {
    throw new AlertsFileError(error);
  }
  if (!isUtf8(bytes)) throw new AlertRulesError([{ file, line: 1, column: 1, reason: 'not UTF-8' }]);
  return parseRules(bytes.toString(), file);
}
