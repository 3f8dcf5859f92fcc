import type { JSX, TargetedSubmitEvent } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Access } from '../state/index.js';

/** Props of {@link TokenForm}. */
export interface TokenFormProps {
  readonly access: Exclude<Access, 'granted'>;
  readonly onToken: (token: string) => void;
}

const WORDS: Readonly<Record<Exclude<Access, 'granted'>, string>> = {
  missing: 'The collector answers only with its token.',
  wrong: 'The collector does not know this token. A collector that was started again has another one.',
  'too-many': 'Too many requests had a wrong token. Wait a second, then try again.',
};

/** Asks for the token of the API. */
export function TokenForm({ access, onToken }: TokenFormProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [title, field, hint] = [useId(), useId(), useId()];
  useEffect(() => input.current?.focus(), []);
  const submitted = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    // Whole addresses are accepted too: that is what the collector prints.
    const token = (input.current?.value ?? '').trim().replace(/^.*#token=/, '');
    if (token !== '') onToken(token);
  };
  return (
    <main class="start">
      <form class="token-form" aria-labelledby={title} onSubmit={submitted}>
        <h1 id={title}>tcp-info needs a token</h1>
        <p role="alert">{WORDS[access]}</p>
        <label for={field}>Token, or the whole address that the collector printed</label>
        <input ref={input} id={field} type="password" autocomplete="off" required aria-describedby={hint} />
        <p id={hint} class="faint">
          It stands in the file <code>live-token</code> in the collector’s folder, e.g.{' '}
          <code>sudo cat /run/tcp-info/live-token</code>, or in the file of <code>-live.token-file</code>. The page
          keeps it until this tab of the browser is closed.
        </p>
        <button type="submit" class="button primary">
          Show connections
        </button>
      </form>
    </main>
  );
}
