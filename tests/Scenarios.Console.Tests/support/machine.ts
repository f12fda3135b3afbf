/** How long something may take here: a machine that is busy with other work takes longer, and that is no fault of the page. */
import { cpus, loadavg } from 'node:os';

export const onThisMachine = (ms: number) => ms * Math.max(1, (loadavg()[0] ?? 0) / cpus().length);
