import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { GroupJson, GroupsJson } from '../../live/wire/index.js';
import { formatCount, formatThings } from '../../view/chart/index.js';
import { CLOSED_WORDS } from '../../view/rows/index.js';
import { chosenFilter } from '../brush/index.js';
import { EmptyState, ProblemState } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { ByChooser } from './by-chooser.js';
import { byName, byOfPlace, filterOfGroup } from './group-by.js';
import { type GroupLine, type GroupOrder, linesOf, nextOrder, sortGroups } from './group-lines.js';
import './groups.css';
import { controlGroups } from './groups-control.js';
import { GroupsGrid } from './groups-grid.js';
import { useUnfolded } from './use-unfolded.js';

/** Groups in an answer: more are one, and lists above it are made only four times a second for all clients. */
const LIMIT = 1000;
const EVERY_MS = 2000;

/** Groups of connections. */
export function GroupsTab({ page }: { readonly page: Page }): JSX.Element {
  const { place, status, frozen, fields } = page;
  const by = byOfPlace(place.group, status?.attribution.on !== false);
  const mode = status?.mode ?? 'live';
  const everyMs = mode === 'archive' || frozen !== undefined ? undefined : EVERY_MS;
  const filter = chosenFilter(place, mode);
  const parameters = { by, filter: filter === '' ? undefined : filter, closed: place.closed, limit: LIMIT };
  const { value, isStale, problem, again } = usePolled<GroupsJson>(page, '/groups', parameters, everyMs);
  const unfolded = useUnfolded(
    page,
    JSON.stringify(parameters),
    (key) => filterOfGroup(filter, by, key, fields),
    everyMs,
  );
  const [order, setOrder] = useState<GroupOrder>();
  // The cursor stays with its line while others move.
  const [cursorId, setCursorId] = useState<string>();
  // An answer for another grouping has other keys: it is not shown any longer.
  const groups =
    value === undefined ||
    value.by.join(',') !==
      by
        .split(',')
        .map((each) => each.trim())
        .join(',')
      ? undefined
      : value;
  const lines = groups === undefined ? [] : linesOf(sortGroups(groups.groups, order), unfolded.views);
  const cursor = Math.max(
    0,
    lines.findIndex(({ id }) => id === cursorId),
  );
  const move = (index: number): void => setCursorId(lines[Math.max(0, Math.min(lines.length - 1, index))]?.id);
  const open = (line: GroupLine | undefined): void => {
    if (line?.kind === 'row') page.go({ key: line.row.key ?? '' });
    if (line?.kind === 'group') openGroup(page, by, line.group);
  };
  const fold = (line: GroupLine | undefined): void => {
    if (line?.kind !== 'group' || line.group.other === true) return;
    if (filterOfGroup(filter, by, line.group.key, fields) === undefined) page.say(NO_TERM);
    else unfolded.toggle(line.group);
  };
  // Before the screen is drawn: a key pressed right after it acts on what it shows.
  useLayoutEffect(() =>
    controlGroups({
      move: (step) => move(cursor + step),
      open: () => open(lines[cursor]),
      fold: () => fold(lines[cursor]),
    }),
  );
  const fieldError =
    problem?.code === 'ERR_PARAMETER' && problem.detail.startsWith('by: ') ? problem.detail.slice(4) : undefined;
  return (
    <section class="groups" aria-label="Groups">
      <div class="groups-bar">
        <ByChooser page={page} by={by} error={fieldError} />
        <Chosen page={page} groups={groups} />
      </div>
      {problem !== undefined && fieldError === undefined && groups === undefined ? (
        <ProblemState problem={problem} onRetry={again} />
      ) : groups === undefined ? (
        fieldError === undefined ? (
          <EmptyState title="Waiting for the groups …" />
        ) : (
          <EmptyState title="No groups." />
        )
      ) : groups.groups.length === 0 ? (
        <NoGroups page={page} />
      ) : (
        <GroupsGrid
          page={page}
          name={byName(by)}
          lines={lines}
          cursor={cursor}
          order={order}
          timeUs={Date.parse(groups.time) * 1000}
          isStale={isStale || page.lost !== undefined}
          onOrder={(column) => setOrder(nextOrder(order, column))}
          onCursor={move}
          onOpen={open}
          onFold={fold}
        />
      )}
    </section>
  );
}

const NO_TERM = 'The language of filters has no term for prefixes of this field.';

/** Goes to the connections of a group. */
function openGroup(page: Page, by: string, group: GroupJson): void {
  if (group.other === true) {
    page.say('These are all groups beyond the largest ones: a filter makes them fewer.');
    return;
  }
  const filter = filterOfGroup(page.place.filter, by, group.key, page.fields);
  if (filter === undefined) page.say(NO_TERM);
  else page.go({ tab: 'connections', filter });
}

/** Connections that are grouped, and how many groups they are. */
function Chosen({ page, groups }: { readonly page: Page; readonly groups: GroupsJson | undefined }): JSX.Element {
  const { place, frozen, status } = page;
  const hidden = groups === undefined ? 0 : groups.total - groups.groups.filter(({ other }) => other !== true).length;
  return (
    <div class="groups-chosen faint">
      {groups === undefined ? null : (
        <span>
          {formatThings(groups.matched, 'connection')} in {formatThings(groups.total, 'group')}
          {hidden > 0 ? `, ${formatCount(hidden)} not shown` : ''}
        </span>
      )}
      {status?.mode === 'archive' ? null : <span>{CLOSED_WORDS[place.closed]}</span>}
      {frozen === undefined ? null : <span>Groups are of the live state, as of the freeze.</span>}
      {place.filter === '' ? null : (
        <span class="groups-filter">
          <code>{place.filter}</code>{' '}
          <button type="button" class="button" onClick={() => page.go({ filter: '' })}>
            Clear filter
          </button>
        </span>
      )}
    </div>
  );
}

function NoGroups({ page }: { readonly page: Page }): JSX.Element {
  const { filter, from, until, closed } = page.place;
  const isChosen = filter !== '' || from !== '' || until !== '';
  return (
    <EmptyState
      title={isChosen ? 'No connection matches.' : 'No connections to group.'}
      actions={
        isChosen ? (
          <button type="button" class="button" onClick={() => page.go({ filter: '', from: '', until: '' })}>
            Show all connections
          </button>
        ) : undefined
      }
    >
      {isChosen
        ? 'The filter or the chosen time leaves none over.'
        : closed === 'only'
          ? 'No connection has been closed lately; x shows open ones, too.'
          : 'Connections appear as soon as programs of this machine have some.'}
    </EmptyState>
  );
}
