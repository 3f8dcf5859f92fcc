/** Similarity of words, for suggestions. */
export { editDistance } from './edit-distance.js';
