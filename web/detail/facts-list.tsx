import type { JSX } from 'preact';
import type { ConnectionAnswerJson, FlowJson, TupleJson } from '../../live/wire/index.js';
import { endingText, rowFacts, rttText } from '../../view/rows/index.js';
import { FieldLabel } from '../parts/index.js';
import { fieldName, type Page } from '../state/index.js';
import type { WatchWords } from './connection-watch.js';

/** Props of {@link FactsList}. */
export interface FactsListProps {
  readonly page: Page;
  readonly answer: ConnectionAnswerJson;
  readonly words: WatchWords | undefined;
}

/** Every known value of a connection, by parts. Labels say what a value means, its unit, and where it is from. */
export function FactsList({ page, answer, words }: FactsListProps): JSX.Element {
  const ending = endingText(answer, page.look);
  const parts = rowFacts(answer, page.fields.all, page.look);
  return (
    <section class="facts" aria-label="Facts">
      <p>
        {rttText(answer, page.look)}
        {ending === undefined ? null : <> · {ending}</>}
      </p>
      {parts.map(({ title, facts }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <dl>
            {facts.map(({ name, text, field }) => (
              <div key={name} class={text.length > LONG ? 'long' : undefined}>
                <dt>
                  <FieldLabel page={page} field={fieldName(field)}>
                    {name}
                  </FieldLabel>
                </dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {answer.conntrack === null ? null : <TrackedFlow flow={answer.conntrack} />}
      {words === undefined || words.archives.length === 0 ? null : (
        <section aria-label="Archives">
          <h3>Archives</h3>
          <ul class="archives">
            {words.archives.map(({ path, sequence }) => (
              <li key={path}>
                {path}
                {sequence === null ? '' : ` (part ${sequence})`}
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}

/** Longest value beside others. */
const LONG = 24;

/** Flow of a connection in connection tracking: the addresses before and after translation. */
function TrackedFlow({ flow }: { readonly flow: FlowJson }): JSX.Element {
  const ends = ({ src, sport, dst, dport }: TupleJson): string => `${end(src, sport)} → ${end(dst, dport)}`;
  return (
    <section aria-label="Connection tracking">
      <h3>Connection tracking</h3>
      <dl>
        <div class="long">
          <dt>packets of the opener</dt>
          <dd>{ends(flow.orig)}</dd>
        </div>
        <div class="long">
          <dt>answers</dt>
          <dd>{ends(flow.reply)}</dd>
        </div>
        <div>
          <dt>id</dt>
          <dd>{flow.id}</dd>
        </div>
        <div>
          <dt>status bits</dt>
          <dd>0x{flow.status.toString(16)}</dd>
        </div>
      </dl>
    </section>
  );
}

function end(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
