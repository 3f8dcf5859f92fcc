/** State of the page that all its parts share. */
export { type Choices, THEMES, type ThemeChoice } from './choices.js';
export { FieldTable, fieldName } from './field-table.js';
export type { KeyBinding, Look, Lost, Page, Theme } from './page.js';
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
