import { InvalidArgumentError, Option } from 'commander';

/** Returns the option that makes a document link into a running page. */
export function livePageOption(): Option {
  return new Option(
    '--live-page <URL>',
    'with HTML: link connections to the page of tcp-info view or of a collector that runs there',
  ).argParser((text: string) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
    // A token in a document would be everyone's who gets it.
    if (!isPlain || url.hash !== '' || url.search !== '') {
      throw new InvalidArgumentError('expected http://HOST:PORT, without a token');
    }
    return url.href.replace(/\/$/, '');
  });
}
