/** Watched services: their statistics, and commands to them. */
export { ServicesTab } from './services-tab.js';
