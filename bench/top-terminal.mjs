// `tcp-info top` on a terminal, for measurements.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DAEMON } from './lab.mjs';

const [COLUMNS, LINES] = [120, 40];

/** `top` on a terminal of 120 × 40 of tmux. */
export class Top {
  #socket;

  constructor(socket) {
    this.#socket = socket;
  }

  /** Starts `top` in the namespace of the load. */
  static async start(lab, folder, args) {
    const socket = join(folder, 'tmux');
    const size = ['-x', String(COLUMNS), '-y', String(LINES)];
    const command = [process.execPath, DAEMON, 'top', ...args].join(' ');
    // The server of tmux, and so all that it starts, is in the namespace of the client that starts it.
    const tmux = ['-S', socket, '-f', '/dev/null', 'new-session', '-d', ...size, `exec ${command}`];
    const code = await lab.startNear('tmux', tmux).ended;
    if (code !== 0) throw new Error(`tmux ended with ${code}`);
    return new Top(socket);
  }

  get pid() {
    return Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  get screen() {
    return this.#tmux('capture-pane', '-p');
  }

  /** Sends a key and returns the milliseconds until the screen shows it. */
  async press(key, text) {
    const began = performance.now();
    this.#tmux('send-keys', key);
    while (!this.screen.includes(text)) {
      if (performance.now() - began > 5000) throw new Error(`top does not show ${text}:\n${this.screen}`);
      await sleep(1);
    }
    return performance.now() - began;
  }

  stop() {
    this.#tmux('kill-server');
  }

  #tmux(...args) {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}
