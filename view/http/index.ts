/** Reports on HTTP for people: title, alert, traffic, hosts and sections, and what clients wait for. */
export type { TableLimits } from './host-table.js';
export { lineText, type ReportLine, type ReportSpan } from './report-line.js';
export { alertSentence, captureSentence, type HttpReport, type JoinCounts, reportLines } from './report-lines.js';
export { slowSentence, type Wait, type Waiting, waitsFor } from './waits-for.js';
