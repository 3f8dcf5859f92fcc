import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RecordingStartedJson } from '../../live/wire/index.js';
import { Dialog } from '../parts/index.js';
import { canRecord, type Page } from '../state/index.js';

/** Props of {@link RecordButton}. */
export interface RecordButtonProps {
  readonly page: Page;
  /** UUID of the connection. */
  readonly uuid: string;
}

/** Button that asks, and has the flight recorder save what it has of a connection. */
export function RecordButton({ page, uuid }: RecordButtonProps): JSX.Element | null {
  const [isAsking, setAsking] = useState(false);
  if (!canRecord(page)) return null;
  return (
    <>
      <button
        type="button"
        class="button"
        aria-haspopup="dialog"
        title="R: save the last records of this connection"
        onClick={() => setAsking(true)}
      >
        Record
      </button>
      {isAsking ? <RecordDialog page={page} id={uuid} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

/** Props of {@link RecordDialog}. */
export interface RecordDialogProps {
  readonly page: Page;
  /** Connection, as the API names it. */
  readonly id: string;
  readonly onClose: () => void;
}

/** Dialog that asks, and has the flight recorder save what it has of a connection. */
export function RecordDialog({ page, id, onClose }: RecordDialogProps): JSX.Element {
  const [after, setAfter] = useState('0s');
  const [note, setNote] = useState('');
  const save = (event: Event): void => {
    event.preventDefault();
    onClose();
    void record(page, { id, after, ...(note === '' ? {} : { note }) });
  };
  return (
    <Dialog title="Save the last records" onClose={onClose}>
      <form class="record-form" onSubmit={save}>
        <p>All that the flight recorder has of this connection is saved on the collector’s machine.</p>
        <label>
          And what comes for <input value={after} size={6} onInput={(event) => setAfter(event.currentTarget.value)} />
        </label>
        <label>
          Note <input value={note} maxLength={1000} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button">
          Save
        </button>
      </form>
    </Dialog>
  );
}

/** Asks for a recording. What becomes of it is said at the foot of the page. */
async function record(page: Page, body: object): Promise<void> {
  try {
    const { recording } = await page.api.post<RecordingStartedJson>('/recordings', body);
    page.say(`Recording ${recording} is being written; the Machine tab lists it.`);
  } catch (error) {
    page.say(`Record: ${error instanceof Error ? error.message : String(error)}`);
  }
}
