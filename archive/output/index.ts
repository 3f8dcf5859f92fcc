/** Output folder of the collector: archives of one connection, and its course from them. */
export { ArchiveFolder } from './archive-folder.js';
export { JoinedTimeline, type MemoryCells } from './joined-timeline.js';
export { PastError, PastReader, type PastReaderOptions, type RenderOnThread } from './past-reader.js';
export type { PackedRequest, PastAnswer, PastFormat, PastRequest } from './past-request.js';
export { renderPast } from './render-past.js';
