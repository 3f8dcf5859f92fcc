import type { Field } from '../../netlink/index.js';

/** Our names of fields where they do not follow from the kernel's names. */
const RENAMED: Readonly<Record<string, string>> = {
  // This field spans bbr_bw_hi, too.
  bbr_bw_lo: 'bbr_bw',
  INET_DIAG_SKV6ONLY: 'v6only',
};

/** Returns the column's name of a kernel's field: the kernel's own name, in our outputs always in lower case. */
export function columnName({ cName }: Pick<Field, 'cName'>): string {
  return (
    RENAMED[cName] ??
    cName
      .replace(/^SK_MEMINFO_/, 'skmem_')
      .replace(/^INET_DIAG_/, '')
      .toLowerCase()
  );
}
