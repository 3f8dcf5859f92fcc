/** Recordings of the flight recorder: the button and the dialog that ask for one, and their list. */
import './recordings.css';

export { RecordButton, RecordDialog } from './record-button.js';
export { RecordingsPart } from './recordings-part.js';
