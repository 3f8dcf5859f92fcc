/** State of the page that all its parts share. */

export { canRecord } from './can-record.js';
export { type Choices, INTERVALS_MS, nextInterval, THEMES, type ThemeChoice, USUAL_INTERVAL_MS } from './choices.js';
export type { AddressBar, Environment, Watched } from './environment.js';
export { FieldTable, fieldName } from './field-table.js';
export type { KeyBinding, Lost, Page, Theme } from './page.js';
export { type Access, type Optional, PageState, type Shell } from './page-state.js';
export {
  CLOSED,
  FIRST_PLACE,
  movePlace,
  type Place,
  placeFromHash,
  placeToHash,
  TAB_NAMES,
  type TabName,
} from './place.js';
export { Refresh, type RefreshOptions } from './refresh.js';
export { canWatch, toggleWatch } from './watch-connection.js';
