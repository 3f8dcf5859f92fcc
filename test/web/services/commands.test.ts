import { describe, expect, it } from 'vitest';
import type { ServiceCommandJson } from '../../../live/wire/index.js';
import { parseCommand } from '../../../services/control/index.js';
import {
  answerText,
  closeCommand,
  drainCommand,
  reasonsText,
  rejectCommand,
  releaseCommand,
  whyNoCommands,
} from '../../../web/services/commands.js';

describe('commands to a service', () => {
  it('are possible only where the collector may end connections', () => {
    expect(whyNoCommands('off', false)).toMatch(/-services\.enforce/);
    expect(whyNoCommands('new', true)).toMatch(/read-only/);
    expect(whyNoCommands('new', false)).toBeUndefined();
  });

  it('are those that the collector understands', () => {
    for (const { action, body } of [
      rejectCommand('web', ' 192.0.2.0/24 ', ' 10m ', 'new'),
      rejectCommand('web', '192.0.2.7', '', 'new'),
      releaseCommand('web', '192.0.2.7'),
      closeCommand('web', '192.0.2.7', 'new'),
      drainCommand('web', false, 'new'),
      drainCommand('web', true, 'new'),
    ]) {
      expect(parseCommand(action, JSON.stringify(body)).action).toBe(action);
    }
  });

  it('ask first, and say when nothing would be ended', () => {
    expect(rejectCommand('web', '192.0.2.7', '10m', 'new').question).toMatch(/for 10m\?$/);
    expect(rejectCommand('web', '192.0.2.7', '', 'dry-run').question).toMatch(/until it is released.*dry run/);
    expect(drainCommand('web', false, 'dry-run').question).toMatch(/dry run/);
    expect(drainCommand('web', true, 'new').action).toBe('undrain');
  });

  it('say what came of them', () => {
    const answer: ServiceCommandJson = {
      ...{
        time: '',
        enforce: 'new',
        service: 'web',
        action: 'close',
        closed: 2,
        released: null,
        connections: 3,
        draining: false,
      },
    };
    expect(answerText(answer)).toBe('web: 2 open connections are ended.');
    expect(answerText({ ...answer, closed: 1, enforce: 'dry-run' })).toBe(
      'web: 1 open connection would be ended (dry run).',
    );
    expect(answerText({ ...answer, action: 'release', released: true })).toBe('web: released.');
    expect(answerText({ ...answer, action: 'release', released: false })).toMatch(/not refused/);
    expect(reasonsText({ conn_limit: 4, blacklist: 0 })).toBe('conn_limit 4');
  });
});
