import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logChannel } from '../../../live/alerts/channels/index.js';
import type { AlertNotice } from '../../../live/alerts/index.js';
import { parseRules } from '../../../live/alerts/rules/index.js';
import { formatAlert } from '../../../live/eventsocket/index.js';
import { createLogger } from '../../../log/index.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/alerts.md'), 'utf8');

/** Returns the code blocks of a language on the page. */
function blocks(language: string): string[] {
  return Array.from(PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')), ([, text = '']) => text);
}

const LABELS = {
  uuid: 'host_1795890818_0000000000000D8F',
  local: '10.0.0.1:443',
  remote: '198.51.100.7:51972',
};

describe('docs/alerts.md', () => {
  const [file = '', event = ''] = blocks('json');

  it('has rules that are right', () => {
    expect(parseRules(file, 'alerts.json').map(({ name, kind }) => [name, kind])).toEqual([
      ['lossy', 'connection'],
      ['not closed', 'group'],
      ['slow', 'group'],
      ['errors', 'http'],
    ]);
  });

  it('has the keys of rules', () => {
    const keys = Array.from(PAGE.matchAll(/^\| `(\w+)` \| /gm), ([, key]) => key);
    const known = [
      'name',
      'when',
      'for',
      'clear',
      'clearFor',
      'filter',
      'by',
      'severity',
      'description',
      'to',
      'record',
      'watch',
    ];
    expect(keys.slice(0, known.length)).toEqual(known);
  });

  it('has an event as it is sent', () => {
    const { Timestamp, UUID, Alert } = JSON.parse(event);
    const { Name, State, Severity, Value, Reason, Labels } = Alert;
    const own = { name: Name, state: State, severity: Severity, value: Value, reason: Reason, labels: Labels };
    expect(formatAlert({ timestamp: Timestamp, uuid: UUID, ...own })).toBe(event.trimEnd());
  });

  it('has a line of the log as it is written', () => {
    const [rule] = parseRules(file, 'alerts.json');
    if (rule === undefined) throw new Error('no rule');
    let written = '';
    const log = createLogger({
      write: (text) => {
        written += text;
      },
      now: () => '2026-11-30T09:15:02.004Z',
    });
    const timeUs = Date.parse('2026-11-30T09:15:02.004Z') * 1000;
    const notice: AlertNotice = {
      ...{ kind: 'firing', value: 0.08, worst: 0.08, sinceUs: timeUs - 5e6 },
      ...{ rule, seq: 1, generation: 1, firing: 1, timeUs, labels: LABELS, uuid: LABELS.uuid, howEnded: null },
    };
    logChannel(log, { told: () => undefined }).tell(notice);
    expect(PAGE).toContain(`\n\`\`\`\n${written}\`\`\`\n`);
  });
});
