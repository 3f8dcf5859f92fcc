/** Exit code: everything was done. */
export const EXIT_OK = 0;
/** Exit code: something failed, and a message says what. */
export const EXIT_FAILED = 1;
/** Exit code: the command line makes no sense. */
export const EXIT_USAGE = 2;
/** Exit code: everything else was done, but some of the data is damaged. */
export const EXIT_DAMAGED = 3;
/** Exit code: the answer is incomplete, because events were lost or the kernel's table changed while it was read. */
export const EXIT_INCOMPLETE = 3;
