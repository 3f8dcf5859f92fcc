import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { RowJson, ViewJson } from '../../live/wire/index.js';
import { ProblemError } from '../client/index.js';
import { Dialog } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { rowName } from './row-name.js';

/** Props of {@link ComparePicker}. */
export interface ComparePickerProps {
  readonly page: Page;
  readonly row: RowJson;
  readonly id: string;
  readonly onClose: () => void;
}

const FIELDS =
  'key,uuid,state,open,connection.localAddress,connection.localPort,connection.remoteAddress,connection.remotePort,process,processUnknown';
/** Connections offered, at most. */
const OFFERED = 30;
/** Time after the last letter until the filter is tried. */
const TYPED_MS = 250;

/** Dialog in which the reader chooses the connection to compare with. At first it has those to the same address. */
export function ComparePicker({ page, row, id, onClose }: ComparePickerProps): JSX.Element {
  const remote = row.connection?.remoteAddress;
  const [filter, setFilter] = useState(remote === undefined ? '' : `remoteAddress = ${remote}`);
  const [view, setView] = useState<ViewJson>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const parameters = {
        filter,
        fields: FIELDS,
        closed: 'true',
        sort: '-now.throughputBytesPerSec',
        limit: OFFERED + 1,
      };
      page.api.get<ViewJson>('/connections', parameters, abort.signal).then(
        (answer) => {
          setView(answer);
          setError(undefined);
        },
        (failure: unknown) => {
          if (abort.signal.aborted) return;
          setError(failure instanceof ProblemError ? failure.message : String(failure));
        },
      );
    }, TYPED_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [page.api, filter]);
  const others = (view?.connections ?? []).filter(({ key }) => key !== row.key && key !== undefined).slice(0, OFFERED);
  const left = view === undefined ? 0 : view.matched - others.length - 1;
  return (
    <Dialog title="Compare with" onClose={onClose}>
      <label class="compare-filter">
        Filter <input type="search" value={filter} onInput={({ currentTarget }) => setFilter(currentTarget.value)} />
      </label>
      {error === undefined ? null : <p role="alert">{error}</p>}
      {view !== undefined && others.length === 0 ? <p>No other connection matches.</p> : null}
      <ul class="compare-list">
        {others.map((other) => (
          <li key={other.key}>
            <button
              type="button"
              class="button"
              onClick={() => {
                onClose();
                page.go({ key: id, compare: other.key ?? '' });
              }}
            >
              {rowName(other, page.look)}
              {other.open === false ? ' (closed)' : ''}
            </button>
          </li>
        ))}
      </ul>
      {left > 0 ? <p class="faint">and {left} more: add a condition</p> : null}
    </Dialog>
  );
}
