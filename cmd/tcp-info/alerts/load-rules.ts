import type { Writable } from 'node:stream';
import { type AlertRule, AlertRulesError } from '../../../live/alerts/rules/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../../flags/exit-codes.js';
import { AlertsFileError, readAlertRules } from '../alerts-file.js';

/** Reads a file of rules. Returns the exit code when it cannot be used, after a message for each mistake. */
export function loadRules(program: string, file: string, stderr: Writable): readonly AlertRule[] | number {
  try {
    return readAlertRules(file);
  } catch (error) {
    if (error instanceof AlertsFileError) {
      stderr.write(messageLine(program, `${file}: ${error.message}`));
      return EXIT_FAILED;
    }
    if (!(error instanceof AlertRulesError)) throw error;
    // Lines that begin with the place are what editors recognise.
    for (const line of error.message.split('\n')) stderr.write(`${oneLine(line)}\n`);
    return EXIT_USAGE;
  }
}
