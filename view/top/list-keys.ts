import { CLOSED_WORDS, type Column, GROUPINGS, nextClosed } from '../rows/index.js';
import { ColumnChooser } from './column-chooser.js';
import { FilterEditor } from './filter-editor.js';
import type { Key } from './keys.js';
import { TABS, type TopModel } from './model.js';
import { WatchQuestion } from './watch-question.js';

/** Action of a key in the lists. */
interface Action {
  readonly keys: readonly string[];
  readonly act: (model: TopModel, nowMs: number) => void;
}

const ALL = 1_000_000;

/** Actions of keys wherever no text is typed. */
const ACTIONS: readonly Action[] = [
  { keys: ['j', 'down'], act: (model, now) => move(model, 1, now) },
  { keys: ['k', 'up'], act: (model, now) => move(model, -1, now) },
  { keys: ['pagedown'], act: (model, now) => move(model, model.list.height, now) },
  { keys: ['pageup'], act: (model, now) => move(model, -model.list.height, now) },
  { keys: ['g', 'home'], act: (model, now) => move(model, -ALL, now) },
  { keys: ['G', 'end'], act: (model, now) => move(model, ALL, now) },
  { keys: ['/'], act: editFilter },
  { keys: ['enter'], act: openCurrent },
  { keys: ['escape'], act: stepBack },
  { keys: ['s'], act: (model, now) => sortNext(model, 1, now) },
  { keys: ['S'], act: (model, now) => sortNext(model, -1, now) },
  { keys: ['r'], act: reverse },
  { keys: ['f'], act: freeze },
  { keys: ['o'], act: (model, now) => model.toggleHold(now) },
  { keys: ['x'], act: chooseClosed },
  { keys: ['a'], act: group },
  { keys: [' '], act: fold },
  { keys: ['c'], act: chooseColumns },
  { keys: ['u'], act: (model) => (model.look = { ...model.look, bytes: !model.look.bytes }) },
  { keys: ['y'], act: copy },
  { keys: ['w'], act: watch },
  { keys: ['R'], act: record },
  ...TABS.map((_, i) => ({ keys: [String(i + 1)], act: (model: TopModel) => openTab(model, i) })),
  { keys: ['+', '='], act: (model) => changeInterval(model, 1) },
  { keys: ['-'], act: (model) => changeInterval(model, -1) },
  { keys: ['?'], act: (model) => (model.mode = 'help') },
  { keys: ['q', 'ctrl-c'], act: (model) => model.need({ kind: 'quit' }) },
  { keys: ['ctrl-z'], act: (model) => model.need({ kind: 'suspend' }) },
  { keys: ['ctrl-l'], act: (model) => model.need({ kind: 'redraw' }) },
];

const BY_KEY: ReadonlyMap<string, Action['act']> = new Map(
  ACTIONS.flatMap(({ keys, act }) => keys.map((key) => [key, act] as const)),
);

/** Keys of the lists, for tests of the help. */
export const LIST_KEYS: readonly string[] = [...BY_KEY.keys()];

/** Applies a key where no text is typed. */
export function pressInList(model: TopModel, { name, text }: Key, nowMs: number): void {
  BY_KEY.get(name === 'text' ? text : name)?.(model, nowMs);
}

function move(model: TopModel, by: number, nowMs: number): void {
  if (model.tab === 'Groups') {
    model.groups.move(by);
    return;
  }
  if (model.tab === 'HTTP') model.httpTop = Math.max(0, model.httpTop + by);
  if (model.tab === 'Alerts') model.alertsTop = Math.max(0, model.alertsTop + by);
  if (model.tab !== 'Connections') return;
  model.list.move(by, nowMs);
  model.askForWindow();
}

function editFilter(model: TopModel): void {
  if (model.tab !== 'Groups') model.tab = 'Connections';
  model.editor = new FilterEditor(model.filter);
  model.mode = 'filter';
  model.need({ kind: 'complete', text: model.filter, at: model.filter.length });
}

/** Opens the drill-down of the row at the cursor, or unfolds the group. */
function openCurrent(model: TopModel, nowMs: number): void {
  if (model.tab === 'Groups') {
    const { current } = model.groups;
    if (current?.kind === 'group') fold(model);
    else if (current?.kind === 'row') openDetail(model, current.row.key ?? current.row.uuid, current.row);
    return;
  }
  if (model.tab !== 'Connections') return;
  const key = model.list.current;
  if (key === undefined) return;
  model.list.selected = key;
  model.list.hold(nowMs);
  openDetail(model, key, model.row(key) ?? {});
}

/** Opens the drill-down of a row. */
export function openDetail(
  model: TopModel,
  key: string | undefined,
  row: NonNullable<ReturnType<TopModel['row']>>,
): void {
  if (key === undefined) return;
  model.detail = { key, row, answer: undefined, timeline: undefined, error: undefined, top: 0 };
  model.mode = 'detail';
  model.need({ kind: 'detail' });
}

/** Leaves a tab or the selection; the first step that there is. */
function stepBack(model: TopModel, nowMs: number): void {
  if (model.tab !== 'Connections') {
    model.tab = 'Connections';
    return;
  }
  model.list.selected = undefined;
  if (model.list.heldSinceMs !== undefined) model.toggleHold(nowMs);
}

/** Sorts by the next or previous column; before the first one is the source's own order. */
function sortNext(model: TopModel, by: 1 | -1, nowMs: number): void {
  const choices: readonly (Column | undefined)[] = [undefined, ...model.columns];
  const at = choices.findIndex((column) => column?.id === model.sorting?.column.id);
  const column = choices[(Math.max(0, at) + by + choices.length) % choices.length];
  model.sorting = column === undefined ? undefined : { column, isDescending: column.largestFirst };
  model.restart(nowMs);
}

function reverse(model: TopModel, nowMs: number): void {
  if (model.sorting === undefined) {
    model.message = 'Choose a column with s first: the order by throughput has no reverse.';
    return;
  }
  model.sorting = { ...model.sorting, isDescending: !model.sorting.isDescending };
  model.restart(nowMs);
}

function freeze(model: TopModel, nowMs: number): void {
  if (model.isArchive) model.message = 'Archives do not change: there is nothing to freeze.';
  else if (model.frozen === undefined) model.need({ kind: 'freeze' });
  else model.thaw(nowMs);
}

/** Shows closed rows dimmed, not at all, or alone. */
function chooseClosed(model: TopModel, nowMs: number): void {
  model.closed = nextClosed(model.closed);
  model.message = CLOSED_WORDS[model.closed];
  model.restart(nowMs);
}

/** Opens the groups, or groups by the next field; after the last one come the connections. */
function group(model: TopModel): void {
  if (model.tab !== 'Groups') {
    openTab(model, TABS.indexOf('Groups'));
    return;
  }
  const next = model.groups.grouping + 1;
  model.groups.regroup(next % GROUPINGS.length);
  if (next === GROUPINGS.length) model.tab = 'Connections';
  else model.need({ kind: 'groups' });
}

function fold(model: TopModel): void {
  if (model.tab !== 'Groups') return;
  model.groups.fold();
  model.need({ kind: 'groups' });
}

function chooseColumns(model: TopModel): void {
  model.tab = 'Connections';
  model.chooser = new ColumnChooser(model.columns);
  model.mode = 'columns';
}

function copy(model: TopModel): void {
  const row = currentRow(model);
  const uuid = row?.uuid ?? row?.key;
  if (uuid === undefined) return;
  model.need({ kind: 'copy', text: uuid });
  model.message = `Copied ${uuid}, if the terminal allows it (OSC 52).`;
}

/** Asks, and at the second press has the connection recorded. */
function record(model: TopModel): void {
  const row = currentRow(model);
  const key = row?.key ?? row?.uuid;
  if (key === undefined) return;
  if (model.asked === key) {
    model.need({ kind: 'record', key });
    model.message = `Saving what the recorder has of ${key}.`;
    return;
  }
  model.asking = key;
  model.message = `Save the last records of ${key}? R again saves, any other key does not.`;
}

/** Asks how to watch the row at the cursor, or ends the watches that name it. */
function watch(model: TopModel): void {
  const row = currentRow(model);
  if (row?.key === undefined) return;
  if (model.options.mode !== 'live' || model.frozen !== undefined) {
    model.message = 'Only connections of a running collector are watched, and not while the view is frozen.';
    return;
  }
  const named = row.watch?.named ?? [];
  if (named.length > 0) {
    model.need({ kind: 'unwatch', watches: named });
    return;
  }
  model.question = new WatchQuestion(row.key);
  model.mode = 'watch';
}

/** Returns the row at the cursor, or the one whose drill-down is open. */
function currentRow(model: TopModel): ReturnType<TopModel['row']> {
  if (model.mode === 'detail') return model.detail?.row;
  if (model.tab === 'Groups') return model.groups.current?.kind === 'row' ? model.groups.current.row : undefined;
  return model.list.current === undefined ? undefined : model.row(model.list.current);
}

function openTab(model: TopModel, index: number): void {
  model.tab = TABS[index] ?? 'Connections';
  if (model.tab === 'Groups') model.need({ kind: 'groups' });
  if (model.tab === 'Machine') model.need({ kind: 'status' });
  if (model.tab === 'HTTP') model.need({ kind: 'http' });
  if (model.tab === 'Alerts') model.need({ kind: 'alerts' });
}

/** Intervals between refreshes, milliseconds. */
const INTERVALS_MS: readonly number[] = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

function changeInterval(model: TopModel, by: 1 | -1): void {
  const longer = INTERVALS_MS.find((ms) => ms > model.everyMs);
  const shorter = INTERVALS_MS.findLast((ms) => ms < model.everyMs);
  const next = by === 1 ? longer : shorter;
  if (next === undefined) return;
  model.everyMs = next;
  model.message = `A refresh every ${next < 1000 ? `${next} ms` : `${next / 1000} s`}.`;
  model.need({ kind: 'subscribe' });
}
