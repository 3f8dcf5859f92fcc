/** uPlot, in a file of its own that the page loads with its first plot. */
export { default } from 'uplot';
