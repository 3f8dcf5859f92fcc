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
    expect(emptyWords(model)).toContain('No connection is in the network namespace blue\\u{1b}');
    expect(emptyWords(model)).toContain('-netns');
  });

  it('says that processes are still being looked up, if the filter tests them', () => {
    const words = (filter: string, pending: number): string => {
      const model = emptyModel({ filter });
      model.status = statusJson({ pending });
      return emptyWords(model);
    };
    expect(words('comm:nginx', 3)).toBe('The processes of connections are still being looked up …');
    expect(words('comm:nginx', 0)).toContain('No connection matches');
    expect(words('dport 443', 3)).toContain('No connection matches');
  });
});
