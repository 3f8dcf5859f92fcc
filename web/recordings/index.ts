/** Recordings of the flight recorder: the button that asks for one, and their list. */
import './recordings.css';

export { RecordButton } from './record-button.js';
export { RecordingsPart } from './recordings-part.js';
