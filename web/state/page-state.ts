import type { FieldsJson, OverviewJson, OverviewSecondJson, ProblemJson, StatusJson } from '../../live/wire/index.js';
import type { FrozenView } from '../../view/rows/expressions/index.js';
import type { Look } from '../../view/rows/index.js';
import { ProblemError, type Reached } from '../client/index.js';
import { type Choices, readChoices, writeChoices } from './choices.js';
import type { Environment } from './environment.js';
import { FieldTable } from './field-table.js';
import type { Lost, Page, Theme } from './page.js';
import { movePlace, type Place, placeFromHash, placeToHash } from './place.js';

/** Access to the API. `missing`: no token was given; `wrong`: it is another one; `too-many`: it was wrong too often. */
export type Access = 'granted' | 'missing' | 'wrong' | 'too-many';

/** Tabs that exist only when the API has them. */
export interface Optional {
  readonly http: boolean;
  readonly services: boolean;
}

/** State of the page as a whole; its parts get only {@link Page}. Each change makes another object. */
export interface Shell {
  /** Undefined until the collector has answered. */
  readonly page: Page | undefined;
  readonly access: Access;
  readonly lost: Lost | undefined;
  /** Refusal of the first requests, such as too many clients. */
  readonly refused: ProblemJson | undefined;
  readonly optional: Optional;
  /** Last second of all connections together. */
  readonly second: OverviewSecondJson | undefined;
  readonly theme: Theme;
  readonly choices: Choices;
  /** Message at the foot, with a number that grows with each. */
  readonly message: { readonly text: string; readonly number: number };
  /** True while the rows are being copied. */
  readonly isFreezing: boolean;
}

const IN_BITS: Look = { unicode: true, bytes: false };
const IN_BYTES: Look = { unicode: true, bytes: true };

/** State of the page, with its subscribers. */
export class PageState {
  readonly #environment: Environment;
  readonly #listeners = new Set<() => void>();
  readonly #secondsListeners = new Set<(seconds: OverviewJson) => void>();
  #place: Place;
  #fields: FieldTable | undefined;
  #status: StatusJson | undefined;
  #frozen: FrozenView | undefined;
  #shell: Shell;

  constructor(environment: Environment) {
    this.#environment = environment;
    const { address, store, prefersDark } = environment;
    this.#place = placeFromHash(address.value);
    const choices = readChoices(store);
    this.#shell = {
      page: undefined,
      access: 'granted',
      lost: undefined,
      refused: undefined,
      optional: { http: false, services: false },
      second: undefined,
      theme: themeOf(choices, prefersDark.value),
      choices,
      message: { text: '', number: 0 },
      isFreezing: false,
    };
    address.onChange(() => {
      this.#place = movePlace(this.#place, placeFromHash(address.value));
      this.#change({});
    });
    prefersDark.onChange(() => this.#change({ theme: themeOf(this.#shell.choices, prefersDark.value) }));
  }

  get shell(): Shell {
    return this.#shell;
  }

  /** Calls the listener after each change. Returns the function that ends this. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what a request says about the way to the collector. */
  reached(report: Reached): void {
    const { lost, access } = this.#shell;
    if (report.kind === 'reached') {
      if (lost !== undefined || access !== 'granted') this.#change({ lost: undefined, access: 'granted' });
    } else if (report.kind === 'lost') {
      this.#change({ lost: { sinceMs: lost?.sinceMs ?? performance.now(), reason: report.reason } });
    } else {
      const wrong = report.hasToken ? 'wrong' : 'missing';
      this.#change({ lost: undefined, access: report.problem.status === 429 ? 'too-many' : wrong });
    }
  }

  /** Takes over answers of the collector. */
  take(answers: {
    readonly fields?: FieldsJson;
    readonly status?: StatusJson;
    readonly seconds?: OverviewJson;
    readonly optional?: Optional;
    readonly refused?: ProblemJson | undefined;
  }): void {
    const { fields, status, seconds, ...shell } = answers;
    if (fields !== undefined) this.#fields = new FieldTable(fields);
    if (status !== undefined) this.#status = status;
    this.#change(seconds === undefined ? shell : { ...shell, second: seconds.seconds.at(-1) });
    if (seconds !== undefined) for (const listener of this.#secondsListeners) listener(seconds);
  }

  readonly onSeconds = (listener: (seconds: OverviewJson) => void): (() => void) => {
    this.#secondsListeners.add(listener);
    return () => this.#secondsListeners.delete(listener);
  };

  readonly go = (change: Partial<Place>, how: 'push' | 'replace' = 'push'): void => {
    const moved = movePlace(this.#place, change);
    if (moved === this.#place) return;
    this.#place = moved;
    this.#environment.address.write(placeToHash(moved), how);
    this.#change({});
  };

  readonly choose = (change: Partial<Choices>): void => {
    writeChoices(this.#environment.store, change);
    const choices = { ...this.#shell.choices, ...change };
    this.#change({ choices, theme: themeOf(choices, this.#environment.prefersDark.value) });
  };

  readonly say = (text: string): void => {
    this.#change({ message: { text, number: this.#shell.message.number + 1 } });
  };

  readonly toggleFreeze = (): void => {
    const { page, isFreezing } = this.#shell;
    if (page === undefined || isFreezing) return;
    if (page.status?.mode === 'archive') this.say('Archives do not change: there is nothing to freeze.');
    else if (this.#frozen !== undefined) this.#freeze(undefined);
    else void this.#copy(page);
  };

  async #copy(page: Page): Promise<void> {
    this.#change({ isFreezing: true });
    try {
      this.#freeze(await this.#environment.copyRows(page));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.say(`The rows cannot be copied: ${error.message}`);
    } finally {
      this.#change({ isFreezing: false });
    }
  }

  #freeze(frozen: FrozenView | undefined): void {
    this.#frozen = frozen;
    this.#change({});
  }

  #change(change: Partial<Shell>): void {
    const next = { ...this.#shell, ...change };
    const page = this.#page(next);
    this.#shell = { ...next, page: isSamePage(this.#shell.page, page) ? this.#shell.page : page };
    for (const listener of this.#listeners) listener();
  }

  #page({ theme, choices, lost }: Shell): Page | undefined {
    if (this.#fields === undefined) return undefined;
    return {
      api: this.#environment.api,
      status: this.#status,
      fields: this.#fields,
      look: choices.bytes ? IN_BYTES : IN_BITS,
      theme,
      place: this.#place,
      frozen: this.#frozen,
      lost,
      choices,
      go: this.go,
      choose: this.choose,
      toggleFreeze: this.toggleFreeze,
      onSeconds: this.onSeconds,
      say: this.say,
    };
  }
}

/** Returns whether nothing in a page is different: its parts are not drawn again then. */
function isSamePage(before: Page | undefined, after: Page | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return (Object.keys(after) as (keyof Page)[]).every((key) => before[key] === after[key]);
}

function themeOf({ theme }: Choices, prefersDark: boolean): Theme {
  if (theme !== 'system') return theme;
  return prefersDark ? 'dark' : 'light';
}
