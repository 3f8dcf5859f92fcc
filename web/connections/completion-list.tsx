import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { printable } from '../../view/chart/index.js';
import type { CompletionChoice } from './completion-choice.js';

/** Props of {@link CompletionList}. */
export interface CompletionListProps {
  readonly id: string;
  readonly choice: CompletionChoice;
  readonly onAccept: (chosen: number) => void;
}

/** Returns the id of a completion's element. */
export function completionId(index: number): string {
  return `completion-${index}`;
}

/** List of completions below the filter. The focus stays in the line. */
export function CompletionList({ id, choice, onAccept }: CompletionListProps): JSX.Element {
  const { completions, chosen } = choice;
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <div ref={list} class="popup completions" role="listbox" id={id} aria-label="Completions">
      {completions.map(({ text, kind, description }, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the line, which keeps the focus
        <div
          role="option"
          key={`${kind} ${text}`}
          id={completionId(i)}
          tabIndex={-1}
          aria-selected={i === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onAccept(i)}
        >
          <code>{printable(text, { unicode: true })}</code>
          <span>{description === '' ? kind : printable(description, { unicode: true })}</span>
        </div>
      ))}
    </div>
  );
}
