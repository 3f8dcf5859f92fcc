import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ServiceCommandJson, ServicesJson } from '../../live/wire/index.js';
import { ProblemError } from '../client/index.js';
import { Dialog, EmptyState, ProblemState } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { answerText, type Command, whyNoCommands } from './commands.js';
import { ServiceCard } from './service-card.js';
import './services.css';

const EVERY_MS = 2000;

/** Watched services. */
export function ServicesTab({ page }: { readonly page: Page }): JSX.Element {
  const everyMs = page.frozen === undefined ? EVERY_MS : undefined;
  const { value, problem, again } = usePolled<ServicesJson>(page, '/services', {}, everyMs);
  const [asked, ask] = useState<Command>();
  if (value === undefined) {
    return (
      <section class="services" aria-label="Services">
        {problem === undefined ? (
          <EmptyState title="Waiting for the services …" />
        ) : (
          <ProblemState problem={problem} onRetry={again} />
        )}
      </section>
    );
  }
  const reason = whyNoCommands(value.enforce, page.status?.readOnly === true);
  return (
    <section class="services" aria-label="Services">
      <p class="faint">
        Statistics since the start of the collector.{' '}
        {reason ?? (value.enforce === 'dry-run' ? 'Dry run: limits and commands only count what they would end.' : '')}
      </p>
      {value.services.length === 0 ? (
        <EmptyState title="No service was used yet.">
          A service of the file appears here with its first connection.
        </EmptyState>
      ) : (
        value.services.map((service) => (
          <ServiceCard
            key={`${service.sid} ${service.netns ?? ''}`}
            page={page}
            service={service}
            enforce={value.enforce}
            onCommand={reason === undefined ? ask : undefined}
          />
        ))
      )}
      {asked === undefined ? null : (
        <Question page={page} command={asked} onClose={() => ask(undefined)} onDone={again} />
      )}
    </section>
  );
}

interface QuestionProps {
  readonly page: Page;
  readonly command: Command;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before a command is sent, and says what came of it. */
function Question({ page, command, onClose, onDone }: QuestionProps): JSX.Element {
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const send = async (): Promise<void> => {
    setSending(true);
    try {
      const path = `/services/${encodeURIComponent(command.service)}/${command.action}`;
      page.say(answerText(await page.api.post<ServiceCommandJson>(path, command.body)));
      onClose();
      onDone();
    } catch (failure) {
      if (!(failure instanceof ProblemError)) throw failure;
      setError(failure.message);
      setSending(false);
    }
  };
  return (
    <Dialog title={`${command.verb}: ${command.service}`} onClose={onClose}>
      <p>{command.question}</p>
      {error === undefined ? null : (
        <p class="is-bad" role="alert">
          {error}
        </p>
      )}
      <p class="services-buttons">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button primary" disabled={isSending} onClick={() => void send()}>
          {command.verb}
        </button>
      </p>
    </Dialog>
  );
}
