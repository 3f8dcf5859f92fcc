import type { KeyBinding } from '../state/index.js';
import { type TableActions, tableActions } from './table-actions.js';

function binding(
  key: string | readonly string[],
  title: string,
  act: (actions: TableActions) => void,
  needsSelection = false,
): KeyBinding {
  return {
    key,
    title,
    isActive: () => {
      const actions = tableActions();
      return actions !== undefined && (!needsSelection || actions.hasSelection);
    },
    run: () => {
      const actions = tableActions();
      if (actions !== undefined) act(actions);
    },
  };
}

/** Keys of the table of connections: those of `tcp-info top`. */
export const CONNECTION_KEYS: readonly KeyBinding[] = [
  binding(['j', 'ArrowDown'], 'next row; the order is held from then on', (table) => table.move(1)),
  binding(['k', 'ArrowUp'], 'previous row', (table) => table.move(-1)),
  binding('PageDown', 'one screen down', (table) => table.page(1)),
  binding('PageUp', 'one screen up', (table) => table.page(-1)),
  binding(['g', 'Home'], 'first row', (table) => table.toEnd('first')),
  binding(['G', 'End'], 'last row', (table) => table.toEnd('last')),
  binding('Enter', 'open the selected connection', (table) => table.open(), true),
  binding('m', 'mark for comparison; on another row: compare both (also Shift-Enter, Shift-click)', (table) =>
    table.compare(),
  ),
  binding('Escape', 'let go of the selected row', (table) => table.clear(), true),
  binding('/', 'filter: Tab completes, arrows choose, Enter applies, Esc clears', (table) => table.editFilter()),
  binding('s', 'sort by the next column; Shift-click on a title adds it', (table) => table.sortNext(1)),
  binding('S', 'sort by the previous column', (table) => table.sortNext(-1)),
  binding('r', 'reverse the order', (table) => table.reverse()),
  binding('o', 'order the rows again, or hold their order', (table) => table.toggleHold()),
  binding('x', 'closed connections: dimmed, hidden, only these', (table) => table.nextClosed()),
  {
    key: 'a',
    title: 'group by process, unit, peer or port',
    run: (page) => page.go({ tab: 'groups' }),
  },
  binding('c', 'choose columns', (table) => table.chooseColumns()),
  binding('y', 'copy the UUID', (table) => table.copy()),
];
