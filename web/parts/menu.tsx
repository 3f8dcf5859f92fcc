import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Entry of a menu. */
export interface MenuItem {
  readonly label: string;
  /** `radio`: one of several; `check`: on or off; `action` (default): does something. */
  readonly kind?: 'action' | 'radio' | 'check';
  readonly isChecked?: boolean;
  run(): void;
}

/** Props of {@link Menu}. */
export interface MenuProps {
  /** Text of the button. */
  readonly label: string;
  /** Name of the button for screen readers, if the text is not enough. It begins with the text. */
  readonly title?: string;
  readonly items: readonly MenuItem[];
}

const ROLES = { action: 'menuitem', radio: 'menuitemradio', check: 'menuitemcheckbox' } as const;

/** Button with a menu. Arrows move, Enter chooses, Escape closes. */
export function Menu({ label, title, items }: MenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const entries = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  // Before anything is painted: the next key is for the menu.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const all = entries();
    (all.find((entry) => entry.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
    const outside = ({ target }: Event): void => {
      if (target instanceof Node && root.current?.contains(target) !== true) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const pressed = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const all = entries();
    const at = all.findIndex((entry) => entry.matches(':focus'));
    const to: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const next = to[event.key];
    if (next !== undefined) all[next]?.focus();
    else if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
  };
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class="button"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={title}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen ? (
        <div class="popup menu-list" role="menu" tabIndex={-1} aria-label={title ?? label} onKeyDown={pressed}>
          {items.map(({ label: text, kind = 'action', isChecked, run }) => (
            <button
              type="button"
              key={text}
              role={ROLES[kind]}
              tabIndex={-1}
              {...(kind === 'action' ? {} : { 'aria-checked': isChecked === true })}
              onClick={() => {
                close();
                run();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
