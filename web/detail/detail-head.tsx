import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RowWatchJson } from '../../live/wire/index.js';
import { RecordButton } from '../recordings/index.js';
import { canWatch, type Page, toggleWatch } from '../state/index.js';
import { ComparePicker } from './compare-picker.js';
import type { ConnectionWatch } from './connection-watch.js';
import { copyUuid } from './copy-uuid.js';
import { DOWNLOADS, download } from './download.js';
import { rowName } from './row-name.js';

/** Props of {@link DetailHead}. */
export interface DetailHeadProps {
  readonly page: Page;
  readonly id: string;
  readonly watch: ConnectionWatch;
}

/** Name of a connection, and buttons for what can be done with it. */
export function DetailHead({ page, id, watch }: DetailHeadProps): JSX.Element {
  const [isPicking, setPicking] = useState(false);
  const row = watch.answer;
  const uuid = row?.uuid;
  return (
    <header class="detail-head">
      <h2>{row === undefined ? id : rowName(row, page.look)}</h2>
      <div class="detail-buttons">
        {row === undefined
          ? null
          : DOWNLOADS.map((kind) => (
              <button
                key={kind.label}
                type="button"
                class="button"
                title={kind.title}
                onClick={() => void download(page, watch.path(''), uuid ?? id, kind)}
              >
                {kind.label}
              </button>
            ))}
        {row?.open === true && canWatch(page) ? (
          <button
            type="button"
            class="button"
            title={
              row.watch?.intervalMs === undefined ? 'w: read every millisecond for a minute' : watchedTitle(row.watch)
            }
            onClick={() => void toggleWatch(page, row.key ?? id)}
          >
            {row.watch?.intervalMs === undefined ? 'Watch 1 ms' : `Watched ${row.watch.intervalMs} ms`}
          </button>
        ) : null}
        {uuid === undefined ? null : (
          <button type="button" class="button" title={uuid} onClick={() => void copyUuid(page, uuid)}>
            Copy UUID
          </button>
        )}
        {uuid === undefined ? null : <RecordButton page={page} uuid={uuid} />}
        {row === undefined ? null : (
          <button type="button" class="button" aria-haspopup="dialog" onClick={() => setPicking(true)}>
            Compare
          </button>
        )}
        {row?.pair?.key == null ? null : (
          <button
            type="button"
            class="button"
            title="Both ends of this connection on one axis: the sender's window and limits, the receiver's queue"
            onClick={() => page.go({ key: id, compare: row.pair?.key ?? '' })}
          >
            Pair
          </button>
        )}
        <button
          type="button"
          class="button"
          aria-label="Esc: close the connection"
          onClick={() => page.go({ key: '', compare: '' })}
        >
          Esc
        </button>
      </div>
      {isPicking && row !== undefined ? (
        <ComparePicker page={page} row={row} id={id} onClose={() => setPicking(false)} />
      ) : null}
    </header>
  );
}

function watchedTitle({ untilTime }: Partial<RowWatchJson>): string {
  const end = untilTime === undefined || untilTime === null ? 'it ends' : new Date(untilTime).toLocaleTimeString();
  return `Read beside the scans until ${end}; w ends the watches of this connection`;
}
