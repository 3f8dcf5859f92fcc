import type { JSX } from 'preact';
import { UNITS } from '../../expression/index.js';
import { FILTER_EXAMPLES } from '../../view/rows/index.js';
import { Dialog } from '../parts/index.js';
import type { KeyBinding, Page } from '../state/index.js';
import { keyNames } from './key-names.js';

/** Props of {@link HelpPanel}. */
export interface HelpPanelProps {
  readonly page: Page;
  readonly keys: readonly KeyBinding[];
  readonly onClose: () => void;
}

/** Help: all keys, and the language of the filter. */
export function HelpPanel({ page, keys, onClose }: HelpPanelProps): JSX.Element {
  return (
    <Dialog title="Keys and filters" onClose={onClose}>
      <h3>Keys</h3>
      <dl class="help-list">
        {keys.map((binding) => (
          <div key={binding.title}>
            <dt>
              {keyNames(binding).map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{binding.title}</dd>
          </div>
        ))}
      </dl>
      <h3>Filter</h3>
      <dl class="help-list examples">
        {FILTER_EXAMPLES.map(([text, means]) => (
          <div key={text}>
            <dt>
              <code>{text}</code>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      <p>
        Operators: <code>= != &lt; &lt;= &gt; &gt;= ~ !~ in</code>, <code>field:text</code>, <code>and or not ( )</code>
        .
      </p>
      <p>Units: {UNITS.map(({ name }) => name).join(' ')}.</p>
      <dl class="help-list">
        {page.fields.flags.map(({ name, description }) => (
          <div key={name}>
            <dt>
              <code>is:{name}</code>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
      <p>
        Fields: <kbd>i</kbd> lists them with their meaning; Tab in the filter completes them.
      </p>
    </Dialog>
  );
}
