import type { Key } from './keys.js';
import { openDetail, pressInList } from './list-keys.js';
import type { Detail, TopModel } from './model.js';

/** Keys that work in the drill-down as in the list. */
const SHARED_KEYS: readonly string[] = ['f', 'u', 'y', 'w', 'R', '+', '=', '-', '?', 'q', '1', '2', '3', '4'];
const SHARED_NAMES: readonly string[] = ['ctrl-c', 'ctrl-z', 'ctrl-l'];

/** Applies a key. */
export function press(model: TopModel, key: Key, nowMs: number): void {
  model.message = '';
  model.asked = model.asking;
  model.asking = undefined;
  if (key.name === 'ctrl-c') {
    model.need({ kind: 'quit' });
    return;
  }
  switch (model.mode) {
    case 'filter':
      pressInFilter(model, key, nowMs);
      break;
    case 'columns':
      pressInChooser(model, key);
      break;
    case 'help':
      pressInHelp(model, key, nowMs);
      break;
    case 'watch':
      pressInQuestion(model, key);
      break;
    case 'detail':
      pressInDetail(model, key, nowMs);
      break;
    case 'list':
      pressInList(model, key, nowMs);
      break;
  }
}

function pressInQuestion(model: TopModel, key: Key): void {
  const { question } = model;
  const result = question?.press(key) ?? 'cancel';
  if (result === 'kept') return;
  model.question = undefined;
  model.mode = model.detail === undefined ? 'list' : 'detail';
  if (result !== 'cancel' && question !== undefined) model.need({ kind: 'watch', key: question.key, ...result });
}

function pressInFilter(model: TopModel, key: Key, nowMs: number): void {
  const { editor } = model;
  if (editor === undefined) return;
  if (key.name === 'ctrl-z' || key.name === 'ctrl-l') {
    pressInList(model, key, nowMs);
    return;
  }
  switch (editor.press(key)) {
    case 'changed':
      model.need({ kind: 'complete', text: editor.edit.text, at: editor.edit.at });
      break;
    case 'apply':
      applyFilter(model, editor.edit.text.trim(), nowMs);
      break;
    case 'clear':
      applyFilter(model, '', nowMs);
      break;
    case 'kept':
      break;
  }
}

function applyFilter(model: TopModel, filter: string, nowMs: number): void {
  model.mode = 'list';
  model.editor = undefined;
  if (filter === model.filter) return;
  model.filter = filter;
  model.groups.unfolded.clear();
  model.restart(nowMs);
}

function pressInChooser(model: TopModel, key: Key): void {
  const { chooser } = model;
  if (chooser === undefined) return;
  const result = chooser.press(key);
  if (result === 'kept') return;
  model.columns = chooser.chosen;
  if (result === 'close') {
    model.mode = 'list';
    model.chooser = undefined;
  } else {
    model.need({ kind: 'subscribe' });
  }
}

const STEPS: Readonly<Record<string, number | undefined>> = {
  j: 1,
  down: 1,
  k: -1,
  up: -1,
  pagedown: 10,
  pageup: -10,
  g: -10_000,
  home: -10_000,
  G: 10_000,
  end: 10_000,
};

/** Returns the lines by which a key scrolls a page. */
function stepOf({ name, text }: Key): number | undefined {
  return STEPS[name === 'text' ? text : name];
}

function pressInHelp(model: TopModel, key: Key, nowMs: number): void {
  const step = stepOf(key);
  if (step !== undefined) {
    model.helpTop = Math.max(0, model.helpTop + step);
  } else if (key.name === 'ctrl-z' || key.name === 'ctrl-l') {
    pressInList(model, key, nowMs);
  } else if (key.name === 'escape' || key.name === 'enter' || key.text === '?' || key.text === 'q') {
    model.helpTop = 0;
    model.mode = model.detail === undefined ? 'list' : 'detail';
  }
}

function pressInDetail(model: TopModel, key: Key, nowMs: number): void {
  const { detail } = model;
  if (detail === undefined) return;
  const step = stepOf(key);
  if (step !== undefined) {
    model.detail = { ...detail, top: Math.max(0, detail.top + step) } satisfies Detail;
  } else if (key.name === 'escape' || key.name === 'enter' || key.name === 'backspace') {
    closeDetail(model);
  } else if (key.name === 'text' && key.text === 'p') {
    showBothEnds(model, detail);
  } else if (key.name === 'text' && key.text === 'P') {
    openOtherEnd(model, detail);
  } else if (SHARED_NAMES.includes(key.name) || (key.name === 'text' && SHARED_KEYS.includes(key.text))) {
    if (/^[1-5]$/.test(key.text)) closeDetail(model);
    pressInList(model, key, nowMs);
  }
}

/** Shows the connection and its other end, if the collector sees that, too; or the connection alone again. */
function showBothEnds(model: TopModel, detail: Detail): void {
  if (detail.isPaired === true) {
    model.detail = { ...detail, isPaired: false, other: undefined, top: 0 };
  } else if (otherEnd(model, detail) !== undefined) {
    model.detail = { ...detail, isPaired: true, top: 0 };
    model.need({ kind: 'detail' });
  }
}

/** Opens the other end of the connection alone. */
function openOtherEnd(model: TopModel, detail: Detail): void {
  const key = otherEnd(model, detail);
  if (key !== undefined) openDetail(model, key, model.row(key) ?? {});
}

/** Returns the key of the other end; undefined, and a message, if it is not seen. */
function otherEnd(model: TopModel, { answer, row }: Detail): string | undefined {
  const { pair, pairAmbiguous } = answer ?? row;
  if (pair?.key != null) return pair.key;
  model.message =
    pairAmbiguous === true ? 'Several connections could be the other end.' : 'The other end is not seen here.';
  return undefined;
}

function closeDetail(model: TopModel): void {
  model.detail = undefined;
  model.mode = 'list';
}
