/** Sentences that say why a connection was slow, with the evidence and the next step. */

export { type ConnectionAnswer, connectionAnswer } from './connection.js';
export { storeSummaryAnswer, summaryAnswer } from './summary.js';
export { type VerdictWords, verdictHtml, verdictText } from './words.js';
