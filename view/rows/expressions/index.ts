/** Expressions on rows in JSON: frozen views, and facts about filters. Apart from `view/rows`: the page loads it late. */
export { expressionError, type FilterError } from './filter-error.js';
export { FrozenView, MAX_FROZEN_ROWS } from './frozen.js';
export { jsonVocabulary } from './json-vocabulary.js';
export { type LackedValue, lastSecondValue } from './tests-last-second.js';
export { testsProcess } from './tests-process.js';
