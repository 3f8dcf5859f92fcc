import { CLOSED_CHOICES, type GroupsRequest, type SummaryRequest } from '../../answers/index.js';
import type { Reply } from '../../http/index.js';
import type { StatusJson } from '../../wire/index.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer, largeAnswer } from '../context.js';
import { parameterError } from '../problem.js';
import { LARGE_ROWS } from '../slots.js';

/** Most groups in an answer. */
const MAX_GROUPS = 10_000;
const DEFAULT_WINDOW_US = 15 * 60e6;
const MAX_WINDOW_US = 24 * 3600e6;

/** Routes about the collector, the language and all connections together. */
export const MACHINE_ROUTES: readonly ApiRoute[] = [
  {
    path: '/status',
    summary: 'State of the collector and its store',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'StatusJson', description: 'State' }],
    handle: (_, context) => jsonAnswer(status(context)),
  },
  {
    path: '/fields',
    summary: 'Fields of a connection, for expressions, sorting and lists',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'FieldsJson', description: 'Fields and flags' }],
    handle: (_, { answering }) => jsonAnswer(answering.fields()),
  },
  {
    path: '/complete',
    summary: 'Completions of an expression at a position',
    parameters: ['text', 'at'],
    answers: [{ type: 'application/json', schema: 'CompleteJson', description: 'Completions' }],
    handle: async ({ parameters }, { answering }) => {
      const text = parameters.text('text') ?? '';
      const at = parameters.integer('at', { min: 0, max: text.length }) ?? text.length;
      return jsonAnswer(await answering.complete(text, at));
    },
  },
  {
    path: '/groups',
    summary: 'Connections grouped by one or two fields',
    parameters: ['by', 'filter', 'closed', 'limit'],
    answers: [{ type: 'application/json', schema: 'GroupsJson', description: 'Largest groups' }],
    handle: groups,
  },
  {
    path: '/summary',
    summary: 'What held connections up, in the words of tcp-info summary',
    parameters: ['filter', 'closed'],
    answers: [{ type: 'application/json', schema: 'SummaryJson', description: 'Words, and the worst connection' }],
    handle: async ({ parameters }, { answering }) => jsonAnswer(await answering.summary(choiceOf(parameters))),
  },
  {
    path: '/overview',
    summary: 'All connections together, second by second',
    parameters: ['window'],
    answers: [{ type: 'application/json', schema: 'OverviewJson', description: 'Seconds, oldest first' }],
    handle: ({ parameters }, { answering }) =>
      jsonAnswer(
        answering.overview(parameters.durationUs('window', { min: 1e6, max: MAX_WINDOW_US }) ?? DEFAULT_WINDOW_US),
      ),
  },
];

/** Reads which connections a request chooses. */
function choiceOf(parameters: ApiRequest['parameters']): SummaryRequest {
  const filter = parameters.text('filter');
  const closed = parameters.word('closed', CLOSED_CHOICES);
  return { ...(filter === undefined ? {} : { filter }), ...(closed === undefined ? {} : { closed }) };
}

async function groups({ parameters, exchange }: ApiRequest, { answering, bounds }: ApiContext): Promise<Reply> {
  const by = parameters.text('by');
  if (by === undefined) throw parameterError('by', 'expected a field, such as process.command');
  const limit = parameters.integer('limit', { min: 1, max: MAX_GROUPS });
  const request: GroupsRequest = {
    by,
    ...choiceOf(parameters),
    ...(limit === undefined ? {} : { limit }),
  };
  if ((limit ?? 0) <= LARGE_ROWS) return jsonAnswer(await answering.groups(request));
  return await largeAnswer(bounds, exchange, () => answering.groupsBytes(request));
}

function status({ store, facts, clients, alerts }: ApiContext): StatusJson {
  return {
    mode: store.mode,
    version: facts.version,
    host: facts.host,
    uptimeUs: facts.uptimeUs(),
    beatUs: facts.beatUs(),
    open: store.size - store.closedSize,
    closed: store.closedSize,
    generation: store.generation,
    loopback: facts.loopback,
    netnsInode: facts.netnsInode,
    uuidPrefix: facts.uuidPrefix,
    budget: store.budget,
    attribution: store.attribution,
    ...(facts.mptcpUnknown === undefined ? {} : { mptcpUnknown: facts.mptcpUnknown }),
    readOnly: facts.isReadOnly,
    clients: clients(),
    ...(alerts === undefined ? {} : { firing: alerts.firing }),
  };
}
