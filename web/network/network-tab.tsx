import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { NetworkJson } from '../../live/wire/index.js';
import { EmptyState, ProblemState } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { type Growth, growthOf } from './budgets.js';
import { Listeners } from './listeners.js';
import { Budgets, Counters, Unknown } from './machine-parts.js';
import './network.css';
import { LocalPorts } from './local-ports.js';
import { NetworkCharts } from './network-charts.js';

/** The kernel is read once a second at most; queues that fill are to be seen soon. */
const EVERY_MS = 2000;

/** The network of the machine. */
export function NetworkTab({ page }: { readonly page: Page }): JSX.Element {
  const isArchive = page.status?.mode === 'archive';
  return (
    <section class="network" aria-label="Network">
      <NetworkCharts page={page} />
      {isArchive ? (
        <EmptyState title="Archives have no queues, ports and counters.">
          A collector that runs with -live shows them here: docs/api.md, Queues, ports and memory.
        </EmptyState>
      ) : (
        <MachineNetwork page={page} />
      )}
    </section>
  );
}

function MachineNetwork({ page }: { readonly page: Page }): JSX.Element {
  const before = useRef<NetworkJson>(undefined);
  const [growth, setGrowth] = useState<Growth>();
  const { value, problem, again } = usePolled<NetworkJson>(
    page,
    '/network',
    {},
    page.frozen === undefined ? EVERY_MS : undefined,
    (answer) => {
      const grown = growthOf(before.current, answer);
      if (grown !== undefined) setGrowth(grown);
      before.current = answer;
    },
  );
  if (value === undefined) {
    if (problem === undefined) return <EmptyState title="Waiting for the machine …" />;
    return <ProblemState problem={problem} onRetry={again} />;
  }
  return (
    <>
      <Budgets network={value} />
      <Listeners listeners={value.listeners} unknown={value.unknown} />
      <LocalPorts ports={value.localPorts} unknown={value.unknown} />
      <Counters counters={value.counters} growth={growth} />
      <Unknown unknown={value.unknown} />
    </>
  );
}
