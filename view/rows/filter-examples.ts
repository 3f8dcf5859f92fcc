/** Examples of filters, each with its meaning: the language in a few lines. */
export const FILTER_EXAMPLES: readonly (readonly [text: string, means: string])[] = [
  ['dport 443 rtt > 50ms', 'to port 443 and with an RTT above 50 ms: two beside each other must both hold'],
  ['comm:nginx or comm:envoy', 'a process whose name contains the text; a list: comm:nginx,envoy'],
  ['rtt > 3*minrtt and send > 1Mbit/s', 'numbers need their unit; + - * / may be used'],
  ['dst 10.0.0.0/8 -port 22', 'prefixes and ports as in -filter; - or not before a condition'],
  ['limited:rwnd,cwnd state:close_wait', 'limited by one of these causes, in this state'],
  ['comm ~ "java*", port in (80, 443)', '* and ? stand for any letters and one letter'],
  ['10.0.0.7 443', 'a bare word is searched in addresses, processes, units, containers and pods'],
];
