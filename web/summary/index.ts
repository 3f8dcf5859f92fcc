/** Words about the chosen connections together: what held them up, and which one to look at. */
export { SummaryPart } from './summary-part.js';
