import { describe, expect, it } from 'vitest';
import { findColumn, type ModelOptions, TopModel } from '../../../view/top/index.js';
import { emptyWords } from '../../../view/top/list-screen.js';
import { statusJson, viewEvent } from './rows.js';

function emptyModel(options: Partial<ModelOptions>): TopModel {
  const columns = ['remote'].flatMap((name) => findColumn(name) ?? []);
  const base = { mode: 'live', place: '', filter: '', sorting: undefined, everyMs: 1000, unicode: true } as const;
  const model = new TopModel({ ...base, columns, ...options });
  model.receive({ kind: 'view', view: viewEvent([]) }, 0);
  return model;
}

describe('a list without connections', () => {
  it('says that no connection is in a network namespace', () => {
    const model = emptyModel({ netns: 'blue\u001b', scope: 'connection.netnsName = "blue"' });
    expect(emptyWords(model, true)).toContain('No connection is in the network namespace blue\\u{1b}');
    expect(emptyWords(model, true)).toContain('-netns');
  });

  it('of archives speaks of archives, and waits for nothing', () => {
    const words = (options: Partial<ModelOptions>): string => {
      const model = emptyModel({ mode: 'archive', ...options });
      // Archives without a connection have no time.
      model.receive({ kind: 'view', view: viewEvent([], { time: '1970-01-01T00:00:00.000Z' }) }, 0);
      return emptyWords(model, false);
    };
    expect(words({})).toBe('No connections in these archives.');
    expect(words({ filter: 'now.limitedBy:rwnd' })).toBe(
      'Archives lack limitedBy, a value of the last second: use connection.limitedBy.',
    );
    expect(words({ filter: 'queue > 1s' })).toBe('Archives lack queueingDelayUs, a value of the last second.');
    expect(words({ filter: 'limited:rwnd rtt > 1s' })).toBe('No connection matches the filter.');
    expect(words({ filter: 'dport 443' })).toBe('No connection matches the filter.');
    expect(words({ netns: 'blue', scope: 'connection.netnsName = "blue"' })).toBe(
      'No connection is in the network namespace blue: these archives have none of it.',
    );
  });

  it('says that processes are still being looked up, if the filter tests them', () => {
    const words = (filter: string, pending: number): string => {
      const model = emptyModel({ filter });
      model.status = statusJson({ pending });
      return emptyWords(model, true);
    };
    expect(words('comm:nginx', 3)).toBe('The processes of connections are still being looked up …');
    expect(words('comm:nginx', 0)).toContain('No connection matches');
    expect(words('dport 443', 3)).toContain('No connection matches');
  });

  it('names keys on a screen only', () => {
    const model = emptyModel({ filter: 'dport 443' });
    expect(emptyWords(model, true)).toBe('No connection matches the filter. / edits it, Esc there clears it.');
    expect(emptyWords(model, false)).toBe('No connection matches the filter.');
    model.closed = 'false';
    expect(emptyWords(model, false)).toBe('No open connection matches the filter.');
    model.filter = '';
    model.closed = 'only';
    expect(emptyWords(model, false)).toBe('No connection has closed yet.');
  });
});
