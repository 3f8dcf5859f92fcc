/** Words for endpoints, limits and endings of connections. Pure: pages in browsers use them, too. */
export { endpoint, endpoints } from './endpoint.js';
export { causeNames, causeWords, ENDINGS, endedWords, LIMITS, type LimitName, limitLabel } from './limits.js';
