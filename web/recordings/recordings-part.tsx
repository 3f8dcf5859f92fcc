import type { JSX } from 'preact';
import type { RecordingJson, RecordingsJson } from '../../live/wire/index.js';
import { formatQuantity, formatThings } from '../../view/chart/index.js';
import { saveFile } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';

const EVERY_MS = 2000;

/** List of recordings, and the memory of the flight recorder; empty without a recorder. */
export function RecordingsPart({ page }: { readonly page: Page }): JSX.Element | null {
  const { value } = usePolled<RecordingsJson>(page, '/recordings', {}, EVERY_MS);
  if (value === undefined) return null;
  const { memory, path, recordings } = value;
  return (
    <section class="machine-part" aria-label="Flight recorder">
      <h2>Flight recorder</h2>
      <dl class="machine-facts">
        <div>
          <dt>Memory</dt>
          <dd>
            {formatQuantity(memory.bytes, 'bytes')} of at most {formatQuantity(memory.maxBytes, 'bytes')}
            <meter min={0} max={memory.maxBytes} value={memory.bytes} aria-label="Memory, part of the budget" />
            <small>
              Records of the last {formatQuantity(memory.windowUs, 'duration')} of{' '}
              {formatThings(memory.connections, 'connection')}, <code>-recorder</code>.
            </small>
          </dd>
        </div>
      </dl>
      {recordings.length === 0 ? (
        <p>No recordings yet: open a connection and press Record.</p>
      ) : (
        <ul class="recordings" aria-label="Recordings">
          {recordings.toReversed().map((each) => (
            <RecordingItem key={each.recording} page={page} path={path} recording={each} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RecordingItemProps {
  readonly page: Page;
  readonly path: string;
  readonly recording: RecordingJson;
}

function RecordingItem({ page, path, recording: each }: RecordingItemProps): JSX.Element {
  const { recording, state, error, connections, records, bytes, note, rule } = each;
  const about = [note, rule].filter((text) => text !== null).join(', ');
  return (
    <li>
      <code title={`${path}/${recording}`}>{recording}</code>{' '}
      {state === 'failed' ? `failed: ${error}` : `${formatThings(connections, 'connection')}, `}
      {state === 'failed' ? '' : `${formatThings(records, 'record')}, ${formatQuantity(bytes, 'bytes')} `}
      {state === 'writing' ? '(being written) ' : ''}
      {about === '' ? '' : `– ${about} `}
      {state === 'saved' ? (
        <button type="button" class="button" onClick={() => void download(page, recording)}>
          Download
        </button>
      ) : null}
    </li>
  );
}

/** Saves a recording as a tar archive. What fails is said at the foot of the page. */
async function download(page: Page, recording: string): Promise<void> {
  const name = `${recording}.tar`;
  page.say(`Reading ${name} …`);
  try {
    saveFile(await page.api.file(`/recordings/${name}`), name);
    page.say(`${name} saved.`);
  } catch (error) {
    page.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
