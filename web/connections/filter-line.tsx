import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatThings } from '../../view/chart/index.js';
import { ProblemError } from '../client/index.js';
import type { Page } from '../state/index.js';
import { applyCompletion, type CompletionChoice, type EditedText, isOf, moveChoice } from './completion-choice.js';
import { CompletionList, completionId } from './completion-list.js';
import { checkFilter, completeFilter, type FilterFault } from './filter-check.js';

/** Pause in typing before the completions are asked for, and before the filter is applied. */
const COMPLETE_MS = 60;
const APPLY_MS = 350;
const ERROR_ID = 'filter-error';
const LIST_ID = 'filter-completions';

/** Props of {@link FilterLine}. */
export interface FilterLineProps {
  readonly page: Page;
  /** Error in the filter that is applied. */
  readonly fault: FilterFault | undefined;
  /** Called when the filter is applied by Enter: the keys go to the table again. */
  readonly onDone: () => void;
}

/** Line with the filter: completes it, applies it after a pause, and marks an error under its letters. */
export function FilterLine({ page, fault, onDone }: FilterLineProps): JSX.Element {
  const { filter } = page.place;
  const input = useRef<HTMLInputElement>(null);
  const [edited, setEdited] = useState<EditedText>({ text: filter, at: filter.length });
  const [choice, setChoice] = useState<CompletionChoice>();
  const [found, setFound] = useState<FilterFault>();
  const [scrolledPx, setScrolledPx] = useState(0);
  const applied = useRef(filter);
  const work = useRef({
    complete: new AbortController(),
    apply: new AbortController(),
    isTabPending: false,
    isCompleting: false,
    hasMoved: false,
  });
  const latest = useRef(page);
  latest.current = page;
  if (applied.current !== filter) {
    // Back, a link, or another part of the page has changed it.
    applied.current = filter;
    if (edited.text !== filter) setEdited({ text: filter, at: filter.length });
    setFound(undefined);
    setChoice(undefined);
  }
  useEffect(() => () => stopWork(work.current), []);
  const text = edited.text;
  const shownFault = found ?? (text === filter ? fault : undefined);

  const apply = async (wanted: string, isDone: boolean): Promise<void> => {
    const { signal } = renew(work.current, 'apply');
    if (!isDone && !(await pause(APPLY_MS, signal))) return;
    try {
      const wrong = await checkFilter(latest.current, wanted, signal);
      if (signal.aborted) return;
      setFound(wrong);
      if (wrong !== undefined) return;
      applied.current = wanted;
      // One step of Back for all that is typed at a time.
      latest.current.go({ filter: wanted }, work.current.hasMoved ? 'replace' : 'push');
      work.current.hasMoved = !isDone;
      if (isDone) onDone();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const complete = async (of: EditedText): Promise<void> => {
    const { signal } = renew(work.current, 'complete');
    work.current.isCompleting = true;
    if (!(await pause(COMPLETE_MS, signal))) return;
    try {
      const completions = await completeFilter(latest.current, of.text, of.at, signal);
      if (signal.aborted) return;
      const next = { completions, of, chosen: -1 };
      if (work.current.isTabPending) accept(next);
      else setChoice(completions.length === 0 ? undefined : next);
    } catch (error) {
      // Without completions the filter can still be typed.
      if (!signal.aborted && !(error instanceof ProblemError)) throw error;
    } finally {
      if (!signal.aborted) work.current.isCompleting = false;
    }
  };
  const edit = (next: EditedText): void => {
    setEdited(next);
    setFound(undefined);
    void complete(next);
    void apply(next.text, false);
  };
  const accept = (from: CompletionChoice): void => {
    work.current.isTabPending = false;
    const next = applyCompletion(from);
    if (next !== undefined) edit(next);
  };
  const close = (): void => {
    renew(work.current, 'complete');
    work.current.isTabPending = false;
    work.current.isCompleting = false;
    setChoice(undefined);
  };
  // The browser puts the cursor at the end of a text that a script has set.
  useLayoutEffect(() => {
    const { current } = input;
    if (current !== null && document.activeElement === current && current.selectionStart !== edited.at)
      current.setSelectionRange(edited.at, edited.at);
    setScrolledPx(current?.scrollLeft ?? 0);
  }, [edited]);

  const pressed = (event: TargetedKeyboardEvent<HTMLInputElement>): void => {
    const isCurrent = isOf(choice, edited);
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (isCurrent) setChoice(moveChoice(choice, event.key === 'ArrowDown' ? 1 : -1));
        else if (event.key === 'ArrowDown') void complete(edited);
        break;
      case 'Tab':
        if (event.shiftKey || (!isCurrent && !work.current.isCompleting)) return;
        if (isCurrent) accept(choice);
        else work.current.isTabPending = true;
        break;
      case 'Enter':
        if (isCurrent && choice.chosen >= 0) accept(choice);
        else {
          close();
          void apply(text, true);
        }
        break;
      case 'Escape':
        if (choice !== undefined) close();
        else if (text !== '') edit({ text: '', at: 0 });
        else onDone();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = isOf(choice, edited) ? choice : undefined;
  return (
    <div class="filter">
      <label class="filter-label" for="filter">
        Filter
      </label>
      <div class="filter-box">
        <input
          ref={input}
          id="filter"
          type="search"
          value={text}
          placeholder="dport 443 rtt > 3*minrtt"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={4000}
          aria-autocomplete="list"
          aria-controls={shown === undefined ? undefined : LIST_ID}
          aria-activedescendant={shown === undefined || shown.chosen < 0 ? undefined : completionId(shown.chosen)}
          aria-invalid={shownFault !== undefined}
          aria-describedby={shownFault === undefined ? undefined : ERROR_ID}
          onInput={({ currentTarget: { value, selectionStart } }) =>
            edit({ text: value, at: selectionStart ?? value.length })
          }
          onKeyDown={pressed}
          onScroll={({ currentTarget }) => setScrolledPx(currentTarget.scrollLeft)}
          onBlur={() => {
            close();
            work.current.hasMoved = false;
          }}
        />
        {shownFault?.at === undefined ? null : (
          <div class="filter-mark" aria-hidden="true">
            <div style={{ transform: `translateX(${-scrolledPx}px)` }}>
              <span>{text.slice(0, shownFault.at)}</span>^
            </div>
          </div>
        )}
        {shown === undefined ? null : (
          <CompletionList
            id={LIST_ID}
            choice={shown}
            onAccept={(chosen) => {
              accept({ ...shown, chosen });
              input.current?.focus();
            }}
          />
        )}
        <p class="filter-error" id={ERROR_ID} role="status">
          {shownFault?.message ?? ''}
        </p>
        <span class="visually-hidden" role="status">
          {shown === undefined ? '' : formatThings(shown.completions.length, 'suggestion')}
        </span>
      </div>
    </div>
  );
}

interface FilterWork {
  complete: AbortController;
  apply: AbortController;
  /** True if Tab was pressed before the completions of the text were there. */
  isTabPending: boolean;
  /** True while completions are asked for. */
  isCompleting: boolean;
  /** True if the present typing has made its step in the history. */
  hasMoved: boolean;
}

/** Ends what is under way, and begins anew. */
function renew(work: FilterWork, kind: 'complete' | 'apply'): AbortController {
  work[kind].abort();
  work[kind] = new AbortController();
  return work[kind];
}

function stopWork(work: FilterWork): void {
  work.complete.abort();
  work.apply.abort();
}

/** Waits. Resolves to false if it was ended before. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve());
  });
  return !signal.aborted;
}
