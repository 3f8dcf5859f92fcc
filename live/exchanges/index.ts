/** HTTP exchanges for the HTTP API. Import it only when they are read. */
export { HttpAnswers, type HttpAnswersOptions } from './http-answers.js';
export { RecentExchanges } from './recent-exchanges.js';
