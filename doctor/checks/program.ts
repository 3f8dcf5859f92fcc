import { packageVersion } from '../../host/index.js';
import { defineCheck } from '../check.js';

/** Minimum in package.json, too; a test compares them. */
const MINIMUM_NODE = '20.19.0';

interface Facts {
  readonly version: string;
  readonly node: string;
  readonly minimumNode: string;
}

/** Check of the versions of the program and of Node. */
export const program = defineCheck<Facts>({
  name: 'program',
  tells: 'versions of the program and of Node',
  fails: `Node is older than ${MINIMUM_NODE}`,
  remedy: 'install a newer Node',
  gather: () => ({ version: packageVersion(), node: process.versions.node, minimumNode: MINIMUM_NODE }),
  judge: ({ version, node, minimumNode }) => {
    const found = `tcp-info ${version}, Node ${node}`;
    if (isAtLeast(node, minimumNode)) return { level: 'ok', found };
    return { level: 'fail', found, advice: `install Node ${minimumNode} or later` };
  },
});

function isAtLeast(version: string, minimum: string): boolean {
  const [numbers, least] = [version, minimum].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const at = least?.findIndex((number, index) => numbers?.[index] !== number) ?? -1;
  return at === -1 || (numbers?.[at] ?? 0) > (least?.[at] ?? 0);
}
