/** The collector: its state, its memory, and what it cannot know. */
export { MachineTab } from './machine-tab.js';
