/** Frame of the page: title, tabs, banners, keys, panels, and the states before the first answer. */
export { App, type AppProps } from './app.js';
export { type OpenPage, openPage } from './open-page.js';
