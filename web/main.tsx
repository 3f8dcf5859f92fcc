/** Entry of the page. */
import './style/base.css';
import './parts/parts.css';
import './app/app.css';
import { render } from 'preact';
import { App, openPage } from './app/index.js';

const root = document.querySelector('#page');
if (root !== null) {
  const { state, refresh, token } = openPage(window);
  render(
    <App
      state={state}
      onToken={(text) => {
        token.set(text);
        void refresh.now();
      }}
      onRetry={() => void refresh.now()}
    />,
    root,
  );
}
