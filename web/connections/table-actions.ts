/** Actions of the table that keys have, too. */
export interface TableActions {
  /** Moves the selection by rows. */
  move(by: number): void;
  /** Moves the selection by screens. */
  page(by: 1 | -1): void;
  /** Selects the first or last row. */
  toEnd(end: 'first' | 'last'): void;
  readonly hasSelection: boolean;
  /** Opens the drill-down of the selected row. */
  open(): void;
  /** Marks the selected row for comparison, or compares it with the one that is open or marked. */
  compare(): void;
  /** Lets go of the selection, and of the mark. */
  clear(): void;
  editFilter(): void;
  sortNext(by: 1 | -1): void;
  reverse(): void;
  /** Orders the rows anew if the order is held; holds it otherwise. */
  toggleHold(): void;
  nextClosed(): void;
  chooseColumns(): void;
  /** Copies the UUID of the selected row. */
  copy(): void;
}

let current: TableActions | undefined;

/** Returns the actions of the table that is shown; undefined without one. */
export function tableActions(): TableActions | undefined {
  return current;
}

/** Sets the actions of the table that is shown. Returns the function that takes them away. */
export function provideActions(actions: TableActions): () => void {
  current = actions;
  return () => {
    if (current === actions) current = undefined;
  };
}
