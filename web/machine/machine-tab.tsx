import type { ComponentChildren, JSX } from 'preact';
import type { AttributionJson, ProcessUnknown, StatusJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity } from '../../view/chart/index.js';
import { EmptyState } from '../parts/index.js';
import { RecordingsPart } from '../recordings/index.js';
import type { Page } from '../state/index.js';

/** State of the collector: budgets in use, and what is unknown about processes and why. */
export function MachineTab({ page }: { readonly page: Page }): JSX.Element {
  const { status } = page;
  if (status === undefined) return <EmptyState title="Waiting for the status …" />;
  return (
    <div class="machine">
      {status.mode === 'archive' ? (
        <Facts title="Archives">
          <Fact name="Read from">{status.host}</Fact>
          <Fact name="tcp-info">{status.version}</Fact>
          <Fact name="Connections">{formatCount(status.open + status.closed)}</Fact>
          <Fact name="Without an end" also="Their archives have no record of how they ended.">
            {formatCount(status.open)}
          </Fact>
        </Facts>
      ) : (
        <>
          <CollectorFacts status={status} />
          <MemoryFacts status={status} />
          <ProcessFacts attribution={status.attribution} />
          <RecordingsPart page={page} />
        </>
      )}
    </div>
  );
}

function CollectorFacts({ status }: { readonly status: StatusJson }): JSX.Element {
  const { host, version, uptimeUs, beatUs, loopback, clients, readOnly, netnsInode, uuidPrefix, mptcpUnknown } = status;
  return (
    <Facts title="Collector">
      <Fact name="Host">{host}</Fact>
      <Fact name="tcp-info">{version}</Fact>
      <Fact name="Running for">{formatQuantity(uptimeUs, 'duration')}</Fact>
      {beatUs === null ? null : (
        <Fact name="Beat" also="Time between two scans of the kernel’s connections.">
          {formatQuantity(beatUs, 'duration')}
        </Fact>
      )}
      <Fact
        name="Loopback"
        also={
          loopback ? undefined : (
            <>
              Show it with <code>-live.loopback</code>.
            </>
          )
        }
      >
        {loopback ? 'shown' : 'not shown'}
      </Fact>
      {mptcpUnknown === undefined ? null : (
        <Fact name="MPTCP" also={mptcpUnknown}>
          not shown
        </Fact>
      )}
      <Fact name="Clients" also="Pages, programs and top that are connected to the API.">
        {formatCount(clients)}
      </Fact>
      <Fact
        name="Changes"
        also={
          readOnly ? (
            <>
              The collector runs with <code>-live.read-only</code>.
            </>
          ) : undefined
        }
      >
        {readOnly ? 'not allowed: read-only' : 'allowed'}
      </Fact>
      {netnsInode === null ? null : <Fact name="Network namespace">{netnsInode}</Fact>}
      {uuidPrefix === null ? null : (
        <Fact name="UUIDs begin with">
          <code>{uuidPrefix}</code>
        </Fact>
      )}
    </Facts>
  );
}

function MemoryFacts({ status: { open, closed, budget } }: { readonly status: StatusJson }): JSX.Element {
  return (
    <Facts title="Memory">
      <Fact name="Open connections">{formatCount(open)}</Fact>
      <Fact
        name="Closed, kept"
        meter={{ value: closed, max: budget.maxClosed }}
        also={
          <>
            Each for {formatQuantity(budget.keepClosedSec * 1e6, 'duration')}, <code>-live.keep-closed</code>.
          </>
        }
      >
        {formatCount(closed)} of at most {formatCount(budget.maxClosed)}
      </Fact>
      <Fact
        name="History"
        meter={{ value: budget.historyBytes, max: budget.maxHistoryBytes }}
        also={
          <>
            Seconds of the last {formatQuantity(budget.historySec * 1e6, 'duration')}, <code>-live.history</code>.
            Beyond the limit, <code>-live.max-memory</code>, the oldest are joined, then forgotten.
          </>
        }
      >
        {formatQuantity(budget.historyBytes, 'bytes')} of at most {formatQuantity(budget.maxHistoryBytes, 'bytes')}
      </Fact>
    </Facts>
  );
}

const REASONS: Readonly<Record<ProcessUnknown, readonly [words: string, advice: string]>> = {
  pending: ['pending', 'The search is not finished.'],
  none: ['none', 'No process holds the socket: not accepted yet, closed by its program, or over before a scan saw it.'],
  permission: ['permission', 'A process of another user may hold it: give the collector CAP_SYS_PTRACE.'],
  gone: ['gone', 'The process ended, or closed the socket, before it was found.'],
  off: ['off', 'Processes are not looked up (-process).'],
};

function ProcessFacts({
  attribution: { on, readsOthers, unknown },
}: {
  readonly attribution: AttributionJson;
}): JSX.Element {
  const reasons = (Object.keys(REASONS) as ProcessUnknown[]).filter((reason) => (unknown[reason] ?? 0) > 0);
  return (
    <Facts title="Processes">
      <Fact
        name="Looked up"
        also={on && !readsOthers ? 'CAP_SYS_PTRACE is missing for processes of other users.' : undefined}
      >
        {on ? (readsOthers ? 'of all users' : 'of this user only') : 'no'}
      </Fact>
      {reasons.map((reason) => (
        <Fact key={reason} name={`Without a process: ${REASONS[reason][0]}`} also={REASONS[reason][1]}>
          {formatCount(unknown[reason] ?? 0)}
        </Fact>
      ))}
      {on && reasons.length === 0 ? <Fact name="Without a process">0</Fact> : null}
    </Facts>
  );
}

function Facts({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="machine-part" aria-label={title}>
      <h2>{title}</h2>
      <dl class="machine-facts">{children}</dl>
    </section>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: ComponentChildren;
  /** Sentence below the value. */
  readonly also?: ComponentChildren;
  /** Part of a budget that is in use. */
  readonly meter?: { readonly value: number; readonly max: number };
}

function Fact({ name, children, also, meter }: FactProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {meter === undefined || meter.max === 0 ? null : (
          <meter min={0} max={meter.max} value={meter.value} aria-label={`${name}, part of the budget`} />
        )}
        {also === undefined ? null : <small>{also}</small>}
      </dd>
    </div>
  );
}
