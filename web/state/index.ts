/** State of the page that all its parts share. */
export type { FieldTable, Freeze, KeyBinding, Page, Place, TabName, Theme } from './page.js';
