/** Reports on exchanges: windows, groups, percentiles, the alert on traffic, and lines of text and JSON. */
export { cellsLine } from './cells-line.js';
export { COMBINED_HEADERS, combinedLine } from './combined-line.js';
export { Distribution } from './distribution.js';
export { exchangeLine } from './exchange-line.js';
export { HostGroup, MAX_SECTIONS, SectionGroup } from './host-group.js';
export { hostGroupJson } from './host-json.js';
export { HttpWindow, type InterfaceGroup, MAX_HOSTS } from './http-window.js';
export { HttpWindows, type HttpWindowsOptions } from './http-windows.js';
export { jsonText } from './json-text.js';
export { SegmentGrowth, type SentSegments } from './retransmissions.js';
export { formatTimeNs, formatTimeUs } from './time.js';
export { type AlertEvent, TrafficAlert, type TrafficAlertOptions } from './traffic-alert.js';
export { type DocumentParts, windowLine } from './window-json.js';
