/** The machine's network beyond connections, for the API: queues of listeners, local ports, memory, counters. */
export { type MeasuredPorts, NetworkAnswers, type NetworkAnswersOptions } from './network-answers.js';
