import type { Summary } from '../../analysis/index.js';
import { formatCount, formatQuantity } from '../chart/index.js';

/** Describes the traffic before recordings began; empty if no connection is older than its recording. */
export function beforeRecording({ beforeRecording: { connections, bytesSent, bytesReceived } }: Summary): string[] {
  if (connections === 0) return [];
  const who = connections === 1 ? '1 connection' : `${formatCount(connections)} connections`;
  const moved = `${formatQuantity(bytesSent, 'bytes')} and received ${formatQuantity(bytesReceived, 'bytes')}`;
  return [
    `${who} had sent ${moved} before ${connections === 1 ? 'its' : 'their'} recording, not included in these figures`,
  ];
}
