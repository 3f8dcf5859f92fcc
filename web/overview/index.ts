/** All connections together over the last minutes: a strip whose brush chooses a time, and the values behind it. */
export {
  CAUSES,
  hasHole,
  joinOverview,
  type OverviewHistory,
  type OverviewSeries,
  seriesOf,
  sharesOf,
  shownRange,
  totalsWithin,
} from './overview-history.js';
export { OverviewStrip } from './overview-strip.js';
export { useOverview } from './use-overview.js';
