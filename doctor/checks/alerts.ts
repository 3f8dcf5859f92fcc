import { isUtf8 } from 'node:buffer';
import { readSmallFile, SmallFileError } from '../../files/index.js';
import { describeSystemError } from '../../host/index.js';
import { AlertRulesError, MAX_RULES_BYTES, parseRules } from '../../live/alerts/rules/index.js';
import { defineCheck } from '../check.js';
import { plural } from '../words.js';

interface Facts {
  /** Mistakes of the file, a line for each; absent if it can be used. */
  readonly mistake?: string;
  readonly rules: number;
  /** Rules that look at all open connections once a second. */
  readonly ofGroups: number;
}

/** Check of the rules of alerts. */
export const alerts = defineCheck<Facts>({
  name: 'alerts',
  tells: 'whether the rules of alerts can be used; only with --alerts',
  fails: 'the file has mistakes: the collector does not start',
  remedy: 'tcp-info alerts check FILE shows all mistakes with their lines and columns',
  wanted: ({ options }) => options.alertsFile !== undefined,
  gather: async ({ options: { alertsFile = '' } }) => {
    try {
      const bytes = readSmallFile(alertsFile, { maxBytes: MAX_RULES_BYTES });
      if (!isUtf8(bytes)) return { mistake: `${alertsFile}: not UTF-8`, rules: 0, ofGroups: 0 };
      const rules = parseRules(bytes.toString(), alertsFile);
      return { rules: rules.length, ofGroups: rules.filter(({ kind }) => kind === 'group').length };
    } catch (error) {
      if (error instanceof AlertRulesError) return { mistake: error.message, rules: 0, ofGroups: 0 };
      const reason = error instanceof SmallFileError ? error.message : describeSystemError(error);
      return { mistake: `${alertsFile}: ${reason}`, rules: 0, ofGroups: 0 };
    }
  },
  judge: ({ mistake, rules, ofGroups }) => {
    if (mistake !== undefined) {
      const [first = ''] = mistake.split('\n');
      return { level: 'fail', found: first, advice: 'correct the file: tcp-info alerts check FILE shows all mistakes' };
    }
    const groups = ofGroups === 0 ? '' : `, ${ofGroups} of them on groups`;
    return { level: 'ok', found: `${plural(rules, 'rule')}${groups}` };
  },
});
