/** Small components that all parts of the page share. */
export { adviceFor } from './advice.js';
export { Dialog, type DialogProps } from './dialog.js';
export { EmptyState, type EmptyStateProps } from './empty-state.js';
export { FieldLabel, type FieldLabelProps, fieldTooltip } from './field-label.js';
export { type FieldWords, fieldWords } from './field-words.js';
export { Menu, type MenuItem, type MenuProps } from './menu.js';
export { ProblemState, type ProblemStateProps } from './problem-state.js';
export { saveFile } from './save-file.js';
export { ScrollBox, type ScrollBoxProps } from './scroll-box.js';
export { hideTooltip, type TooltipHandlers, TooltipLayer, tooltip } from './tooltip.js';
export { useNow } from './use-now.js';
export { Value, type ValueProps } from './value.js';
