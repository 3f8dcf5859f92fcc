/** Watched services. */
export { ServicesTab } from './services-tab.js';
