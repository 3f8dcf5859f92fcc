import type { JSX } from 'preact';
import type { WatchWords } from './connection-watch.js';

/** Says why a connection was as fast as it was, and where to look next, in the words of `tcp-info show`. */
export function Verdict({ words }: { readonly words: WatchWords }): JSX.Element {
  const { verdict, evidence, nextStep } = words;
  return (
    <section class="verdict" aria-label="Verdict">
      <p class="answer">{verdict}</p>
      <p>{nextStep.split('`').map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}</p>
      <p class="faint">Evidence: {evidence}.</p>
    </section>
  );
}
