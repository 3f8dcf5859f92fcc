import type { Disk } from './archive-file.js';

/** Error of a use of {@link UNUSED_DISK}: a defect of this program. */
function unused(): never {
  throw new Error('a saver without files has used its disk');
}

/** Disk of a saver without files: every use is a defect. */
export const UNUSED_DISK: Disk = {
  create: unused,
  append: unused,
  close: unused,
  discard: unused,
  sync: unused,
  exists: unused,
};
