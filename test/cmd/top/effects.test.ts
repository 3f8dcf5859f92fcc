import { describe, expect, it } from 'vitest';
import { SourceEffects } from '../../../cmd/tcp-info/top/effects.js';
import { DEFAULT_COLUMNS, findColumn, press, SourceError, TopModel } from '../../../view/top/index.js';
import { until } from '../../support/waiting.js';
import { rowJson, TIME, viewEvent } from '../../view/top/rows.js';
import { FakeSource } from './fake-source.js';

/** A model and a source, with the work between them. */
function setUp() {
  const source = new FakeSource();
  const model = new TopModel({
    mode: 'live',
    place: '',
    columns: DEFAULT_COLUMNS.flatMap((name) => findColumn(name) ?? []),
    filter: '',
    sorting: undefined,
    everyMs: 1000,
    unicode: true,
  });
  let changes = 0;
  const effects = new SourceEffects({ model, source, now: () => 1000, onChange: () => changes++ });
  const run = (): void => {
    for (const effect of model.takeEffects()) {
      if (effect.kind === 'quit' || effect.kind === 'suspend' || effect.kind === 'redraw' || effect.kind === 'copy')
        continue;
      effects.run(effect);
    }
  };
  const type = (...keys: readonly string[]): void => {
    for (const text of keys) {
      press(model, text === 'enter' ? { name: 'enter', text: '' } : { name: 'text', text }, 1000);
    }
    run();
  };
  model.need({ kind: 'subscribe' });
  run();
  source.report({ kind: 'view', view: viewEvent([rowJson(1), rowJson(2)]) });
  return { source, model, effects, run, type, changes: () => changes };
}

describe('the work for the screen', () => {
  it('ends a subscription before it begins the next', () => {
    const { source, type, effects } = setUp();
    type('x');
    effects.stop();
    expect(source.subscriptions).toEqual([
      expect.objectContaining({ closed: 'true', offset: 0 }),
      'stop',
      expect.objectContaining({ closed: 'false', offset: 0 }),
      'stop',
    ]);
  });

  it('asks for the rates of the title with each view, one request at a time', async () => {
    const { source, model, changes } = setUp();
    const second = {
      time: TIME,
      open: 1,
      opened: 0,
      closed: 0,
      sentBytes: 7,
      receivedBytes: 0,
      retransmittedBytes: 0,
      limitedUs: {},
    };
    source.seconds = [second];
    source.report({ kind: 'view', view: viewEvent([rowJson(1)]) });
    source.report({ kind: 'view', view: viewEvent([rowJson(1)]) });
    await until('the rates', () => model.second);
    expect(model.second).toEqual(second);
    expect(model.status?.host).toBe('host');
    expect(source.asked).toEqual(['status', 'overview']);
    expect(changes()).toBeGreaterThan(3);
  });

  it('asks again whether processes are being looked up while nothing matches a filter on them', async () => {
    const { source, model } = setUp();
    source.unknown = { pending: 1 };
    model.filter = 'comm:nginx';
    for (const pending of [1, 0]) {
      source.unknown = { pending };
      await until('the status', () => {
        // A view that comes while a request is on its way asks for nothing.
        source.report({ kind: 'view', view: viewEvent([]) });
        return model.status?.attribution.unknown.pending === pending;
      });
      expect(model.isFindingProcesses).toBe(pending === 1);
    }
  });

  it('freezes all fields of the view, and completes from the copy', async () => {
    const { source, model, type } = setUp();
    type('f');
    await until('the copy', () => model.frozen);
    expect(source.asked).toContainEqual('view {"filter":"","closed":"true","limit":10000,"fields":"all"}');
    type('/', 'c', 'o', 'm', 'm');
    await until('completions', () => (model.editor?.completions.length ?? 0) > 0);
    expect(source.asked.filter((each) => each.startsWith('complete'))).toEqual([]);
  });

  it('drops completions of a text that has changed', async () => {
    const { source, model, type } = setUp();
    let open: () => void = () => undefined;
    source.gate = new Promise((resolve) => {
      open = resolve;
    });
    type('/', 'a', 'b', 'c');
    open();
    await until('completions', () => model.editor?.completions.length === 1);
    expect(model.editor?.completions[0]?.text).toBe('abc!');
    // Two of the four texts were asked for: the first and the last.
    expect(source.asked.filter((each) => each.startsWith('complete'))).toEqual(['complete ', 'complete abc']);
  });

  it('applies the completion that Tab asked for before it was there, and asks for the next ones', async () => {
    const { source, model, type, run } = setUp();
    let open: () => void = () => undefined;
    source.gate = new Promise((resolve) => {
      open = resolve;
    });
    type('/', 'a');
    press(model, { name: 'tab', text: '' }, 1000);
    open();
    await until('the completion', () => model.editor?.edit.text === 'a!');
    run();
    await until('the next request', () => source.asked.includes('complete a!'));
  });

  it('has a connection recorded at the second R, and shows what becomes of it', async () => {
    const { source, model, type } = setUp();
    const [key] = [rowJson(1).key ?? ''];
    type('R', 'j', 'k');
    expect(model.message).toBe('');
    type('R');
    expect(model.message).toBe(`Save the last records of ${key}? R again saves, any other key does not.`);
    expect(source.asked.filter((each) => each.startsWith('record'))).toEqual([]);
    type('R');
    await until('the answer', () => /Recording 20261128T190502.120Z_manual is being written/.test(model.message));
    expect(source.asked.filter((each) => each.startsWith('record'))).toEqual([`record ${key}`]);
    source.failure = new SourceError('nothing is recorded', true);
    type('R', 'R');
    await until('the refusal', () => model.message === 'nothing is recorded');
  });

  it('fills the drill-down, and shows why it cannot', async () => {
    const { source, model, type, run } = setUp();
    type('enter');
    await until('the timeline', () => model.detail?.timeline);
    expect(source.asked.find((each) => each.startsWith('timeline'))).toContain('"widthUs":1000000,"fromUs":');
    source.failure = new SourceError('forgotten', true);
    model.need({ kind: 'detail' });
    run();
    await until('the reason', () => model.detail?.error === 'forgotten');
  });

  it('has the source keep each record while the drill-down is open', async () => {
    const { source, model, type, effects } = setUp();
    type('enter');
    const key = model.detail?.key ?? '';
    expect(source.watched).toEqual([key]);
    type('?', 'q');
    expect(source.watched).toEqual([key]);
    type('enter');
    source.report({ kind: 'view', view: viewEvent([rowJson(1), rowJson(2)]) });
    expect(source.watched).toEqual([key, 'stop']);
    type('j', 'enter');
    effects.stop();
    expect(source.watched).toEqual([key, 'stop', expect.not.stringContaining('stop'), 'stop']);
  });

  it('asks for the connections of unfolded groups', async () => {
    const { source, model, type } = setUp();
    type('a');
    await until('groups', () => model.groups.groups);
    type(' ');
    await until('connections', () => model.groups.lines.length === 4);
    expect(source.asked.find((each) => each.startsWith('view'))).toContain(
      String.raw`"filter":"process.command = \"a \\\"b\\\"\""`,
    );
    type('j', 'j', 'j', ' ');
    await until('connections of unknown processes', () => model.groups.lines.length === 6);
    expect(source.asked.at(-1)).toContain('"filter":"process.command = null"');
  });

  it('shows a failed request in the last line, but not while the source is lost', async () => {
    const { source, model, type, run } = setUp();
    source.failure = new SourceError('at 3: wrong', true);
    type('f');
    await until('the message', () => model.message === 'at 3: wrong');
    source.report({ kind: 'lost', reason: 'gone' });
    type('j');
    model.need({ kind: 'status' });
    run();
    const count = source.asked.length;
    await until('the request', () => source.asked.length >= count);
    expect(model.message).toBe('');
    expect(model.lost?.reason).toBe('gone');
  });
});
