/** Tab Machine: state of the collector. */
import './machine.css';

export { MachineTab } from './machine-tab.js';
