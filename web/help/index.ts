/** Panels that explain the page: keys and filters, and the fields of a connection. */
import './help.css';

export { FieldPanel, type FieldPanelProps } from './field-panel.js';
export { HelpPanel, type HelpPanelProps } from './help-panel.js';
