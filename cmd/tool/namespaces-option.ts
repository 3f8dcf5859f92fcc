import { InvalidArgumentError, Option } from 'commander';
import { type NamespaceTarget, parseNamespaceTarget } from '../../host/namespaces/index.js';

/** Returns the option `--netns` of a command that works in one network namespace, or in all. */
export function namespacesOption(): Option {
  return new Option(
    '--netns <NAME>',
    'network namespace: a name of ip netns, a path, a process id, or all (default: the own one)',
  ).argParser(parse);
}

function parse(text: string): NamespaceTarget {
  const target = parseNamespaceTarget(text, process.cwd());
  if (target !== undefined) return target;
  throw new InvalidArgumentError('expected a namespace: a name, a path, a process id, or all');
}
