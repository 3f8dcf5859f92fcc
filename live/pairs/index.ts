/** Both ends of a connection that this machine sees: found by their ends, told apart by their counters. Pure. */
export {
  type PairCounters,
  type PairEnd,
  type PairEnds,
  PairIndex,
  type Pairing,
  type PairRow,
  pairAgrees,
  pairEnds,
} from './pair-index.js';
