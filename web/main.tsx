/** Entry of the page. */
import './style/base.css';
import { render } from 'preact';

const root = document.querySelector('#page');
if (root !== null) render(<p>tcp-info</p>, root);
