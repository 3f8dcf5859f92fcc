/** Head of a column, and what becomes of it in a table that is too narrow. */
export interface ColumnShape {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Fewest columns of the screen that the cell can be cut to; absent if it is never cut. */
  readonly least?: number;
  /** Width to which longer cells are cut before any lesser column is left out; absent for the least width. */
  readonly wanted?: number;
  /** True if the column is left out before others are cut below the width that is wanted. */
  readonly isLesser?: boolean;
  /** Width that the column has at least, so that it does not move when values change. */
  readonly usual: number;
  /** Order in which columns are left out of a narrow table, the lowest first; never if undefined. */
  readonly drop?: number;
}
