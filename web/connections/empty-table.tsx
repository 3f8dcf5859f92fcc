import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { RowFields } from '../../view/rows/index.js';
import { EmptyState } from '../parts/index.js';
import type { Page } from '../state/index.js';

/** Facts about a filter without a match. */
interface FilterFacts {
  readonly filter: string;
  readonly testsProcess: boolean;
  /** Value of the last second that the filter tests, and the one to use instead in archives. */
  readonly lacked: { readonly name: string; readonly instead: string | undefined } | undefined;
}

/** Says why there is no row, and what to do. */
export function EmptyTable({ page }: { readonly page: Page }): JSX.Element {
  const { place, status, go } = page;
  const { filter, closed } = place;
  const facts = useFilterFacts(page);
  const isArchive = status?.mode === 'archive';
  const clear = (
    <button type="button" class="button" onClick={() => go({ filter: '' })}>
      Clear the filter
    </button>
  );
  if (facts?.testsProcess === true && !isArchive && status !== undefined) {
    const { attribution } = status;
    if ((attribution.unknown.pending ?? 0) > 0)
      return <EmptyState title="The processes of connections are still being looked up …" />;
    if (!attribution.on) {
      return (
        <EmptyState title="No connection matches: processes are not looked up." actions={clear}>
          The filter tests processes. Start the collector with -live.processes.
        </EmptyState>
      );
    }
  }
  if (isArchive && facts?.lacked !== undefined) {
    const { name, instead } = facts.lacked;
    return (
      <EmptyState title={`Archives lack ${name}, a value of the last second.`} actions={clear}>
        {instead === undefined ? 'Use a value of the whole recorded time.' : `Use ${instead}.`}
      </EmptyState>
    );
  }
  if (filter !== '') {
    return (
      <EmptyState title={`No ${closed === 'false' ? 'open ' : ''}connection matches the filter.`} actions={clear}>
        Change it with /.{closed === 'true' ? '' : ' x shows the others, too.'}
      </EmptyState>
    );
  }
  if (place.from !== '' || place.until !== '') {
    return (
      <EmptyState
        title="No connection was there in the chosen time."
        actions={
          <button type="button" class="button" onClick={() => go({ from: '', until: '' })}>
            All times
          </button>
        }
      />
    );
  }
  if (closed === 'only') {
    return (
      <EmptyState
        title={`No connection has closed${isArchive ? '' : ' yet'}.`}
        actions={
          <button type="button" class="button" onClick={() => go({ closed: 'true' })}>
            Show open ones, too
          </button>
        }
      />
    );
  }
  if (isArchive) return <EmptyState title="No connections in these archives." />;
  return (
    <EmptyState title="No connections.">
      Connections appear here within a second after they open.
      {status?.loopback === false ? ' Those over loopback are left out; -live.loopback shows them.' : ''}
    </EmptyState>
  );
}

/** Returns facts about the filter of the page; undefined without one, and until they are known. */
function useFilterFacts({ fields, place: { filter } }: Page): FilterFacts | undefined {
  const [facts, setFacts] = useState<FilterFacts>();
  useEffect(() => {
    let isCurrent = true;
    const find = async (): Promise<void> => {
      // Loaded when it is needed first: it has the whole language of the filter.
      const { jsonVocabulary, lastSecondValue, testsProcess } = await import('../../view/rows/expressions/index.js');
      const rowFields = new RowFields(fields.all);
      const lacked = lastSecondValue(filter, jsonVocabulary(rowFields, fields.flags));
      if (isCurrent) setFacts({ filter, testsProcess: testsProcess(filter, rowFields), lacked });
    };
    if (filter.trim() !== '') void find();
    return () => {
      isCurrent = false;
    };
  }, [filter, fields]);
  return facts?.filter === filter ? facts : undefined;
}
