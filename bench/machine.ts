/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
	cpu: string;
	cores: number;
	/** bytes */
	memory: number;
	system: string;
	/** Mean number of processes that wanted to run during the minute before. */
	load: number;
}

export const machine = (): Machine => ({
	cpu: cpus()[0]?.model.trim() ?? 'unknown',
	cores: availableParallelism(),
	memory: totalmem(),
	system: `${type()} ${release()}`,
	load: loadavg()[0],
});
