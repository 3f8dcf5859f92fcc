/** Maximum length of an expression in characters (UTF-16 units). */
export const MAX_EXPRESSION_LENGTH = 4096;
/** Maximum number of nodes in the tree of an expression; elements of lists count. */
export const MAX_EXPRESSION_NODES = 256;
/** Maximum depth of parentheses and negations. */
export const MAX_EXPRESSION_DEPTH = 32;
/** Maximum length of a word, a string or a pattern in characters: it bounds the time of a search. */
export const MAX_WORD_LENGTH = 256;
/** Maximum number of digits before and behind the point of a number: so many are exact. */
export const MAX_DIGITS = 15;
/** Maximum number of values that completion offers for a field. */
export const MAX_COMPLETED_VALUES = 20;
