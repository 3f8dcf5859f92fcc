import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Shell } from '../state/index.js';

/** Time that a message stays. */
const STAY_MS = 8000;

/** Short message at the foot. The place for it is always there, so that screen readers notice what comes into it. */
export function MessageLine({ message: { text, number } }: Pick<Shell, 'message'>): JSX.Element {
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(number), STAY_MS);
    return () => clearTimeout(timer);
  }, [number]);
  return (
    <p class="message-line" role="status" aria-live="polite">
      {number > seen ? <span key={number}>{text}</span> : null}
    </p>
  );
}
