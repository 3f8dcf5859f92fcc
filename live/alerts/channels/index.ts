/** Channels on which alerts are told: log, event socket, webhook. */
export { eventChannel } from './event-channel.js';
export { fingerprint } from './fingerprint.js';
export { logChannel } from './log-channel.js';
export { NoticeQueue } from './notice-queue.js';
export { PacedChannel, type PacedChannelOptions } from './paced-channel.js';
export { WebhookChannel, type WebhookChannelOptions, type WebhookTimes } from './webhook-channel.js';
