// Searches for the processes of sockets, and prints the answers as JSON: node processes-of.mjs INODE...
import { SocketProcesses } from '../../dist/host/processes/index.js';
import { loadNetlink } from '../../dist/native/index.js';

const inodes = process.argv.slice(2).map(Number);
const fail = (error) => {
  throw error;
};
const processes = new SocketProcesses({
  owners: new (loadNetlink().SocketOwners)('/proc'),
  reports: { lookedUp: () => {}, spent: () => {}, failed: () => {}, crashed: fail, refused: () => {} },
});
processes.start();
for (const inode of inodes) {
  processes.want({ inode, uid: 0, cgroupId: undefined, localPort: 1, netnsInode: undefined });
}
const timer = setInterval(async () => {
  const answers = inodes.map((inode) => processes.processOf(inode));
  if (answers.some(({ unknown }) => unknown === 'pending')) return;
  clearInterval(timer);
  await processes.stop();
  process.stdout.write(JSON.stringify({ readsOthers: processes.readsOthers, answers }));
}, 20);
