/** Upload of closed archives to an object store: bundles, their index, and the deletion of what is stored. */
export { BUNDLE_FORMATS, type BundleFormat, packPiece } from './bundle-format.js';
export { formatIndex, type IndexEntry, parseIndex } from './bundle-index.js';
export { type Group, isSampled } from './choose.js';
export { dayLayout, type Layout, mlabLayout, mlabNode } from './layout.js';
export { checkLeases, LeaseError } from './lease.js';
export { type ListedGroups, type ListOptions, listGroups } from './list-groups.js';
export { Spool, SpoolError } from './spool.js';
export { Uploader, type UploaderOptions, type UploadOutcome, type UploadStep } from './uploader.js';
