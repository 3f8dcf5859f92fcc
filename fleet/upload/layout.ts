import type { BundleFormat } from './bundle-format.js';

/** Facts that name a bundle. */
export interface BundleFacts {
  /** `YYYY/MM/DD`. */
  readonly day: string;
  /** Hash of the members, 16 hexadecimal digits. */
  readonly hash: string;
  /** Modification time of the newest member, milliseconds since 1970. */
  readonly newestMs: number;
}

/** Keys of a bundle, without the prefix of the destination. */
export interface BundleKeys {
  readonly object: string;
  /** Null for a layout without an index. */
  readonly index: string | null;
}

/** Naming of bundles. The same files must have the same name. */
export type Layout = (facts: BundleFacts, format: BundleFormat) => BundleKeys;

/** Creates the layout `YYYY/MM/DD/<node>-<hash>.<format>`, with an index beside each bundle. */
export function dayLayout(node: string): Layout {
  const name = safeName(node);
  return ({ day, hash }, format) => {
    const stem = `${day}/${name}-${hash}`;
    return { object: `${stem}.${format}`, index: `${stem}.index.jsonl` };
  };
}

/** Parts of the names of M-Lab's layout. */
export interface MlabNames {
  readonly experiment: string;
  readonly datatype: string;
  /** Machine, such as `mlab4`. */
  readonly machine: string;
  /** Site, such as `ord01`. */
  readonly site: string;
}

/**
 * Creates the layout that M-Lab's pipeline reads:
 * `<experiment>/<datatype>/YYYY/MM/DD/<time>-<datatype>-<machine>-<site>-<experiment>.tgz`, without an index. The time
 * is that of the newest member. Its microseconds are of the members' hash: so bundles of one second have different
 * names, and the same members have the same one.
 */
export function mlabLayout({ experiment, datatype, machine, site }: MlabNames): Layout {
  return ({ day, hash, newestMs }) => {
    const second = new Date(newestMs).toISOString().slice(0, 19).replace(/[-:]/g, '');
    const fraction = String(Number.parseInt(hash.slice(0, 12), 16) % 1_000_000).padStart(6, '0');
    const name = `${second}.${fraction}Z-${datatype}-${machine}-${site}-${experiment}.tgz`;
    return { object: `${experiment}/${datatype}/${day}/${name}`, index: null };
  };
}

/**
 * Reads machine and site from the name of one of M-Lab's nodes: `mlab4-ord01` or `mlab4.ord01`, with a domain or
 * without. Undefined for any other name: M-Lab's pipeline would not accept it.
 */
export function mlabNode(node: string): { readonly machine: string; readonly site: string } | undefined {
  const [, machine, site] = /^(mlab\d)[.-]([a-z]{3}\d[0-9t])(?:[.-].*)?$/.exec(node) ?? [];
  return machine === undefined || site === undefined ? undefined : { machine, site };
}

/** Replaces what is not a letter, a digit, a dot, a hyphen or an underscore. */
function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, (dots) => '_'.repeat(dots.length));
}
