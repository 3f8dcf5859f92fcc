import type { Page } from '../state/index.js';

/** Copies a UUID. Browsers allow it on localhost and over TLS only: elsewhere it is shown, to be copied by hand. */
export async function copyUuid(page: Page, uuid: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(uuid);
    page.say('UUID copied.');
  } catch {
    page.say(`The browser does not allow copying here: ${uuid}`);
  }
}
