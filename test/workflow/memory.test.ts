/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * What an execution leaves behind in n8n's process when it is over: nothing that leads to its data. Where n8n keeps
 * files in memory, its data has the files.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Sandbox } from '../../sandbox';
import { removeStore, runWorkflow, useBinaryMode, type RunOptions } from './support/engine';
import { ParkingServer } from './support/parking';
import { newAccount, startTestSandbox } from './support/sandbox';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let sandbox: Sandbox;

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 60 });
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});

/** ms between two looks. */
const LOOK = 250;
/** The notes of a run are looked after for some seconds more. */
const LOOKS = 40;

const pause = async () =>
	await new Promise((resolve) => AbortSignal.timeout(LOOK).addEventListener('abort', resolve));

/** Whether anything still leads to the execution's data, some seconds later. */
async function isHeld(execution: () => Promise<WeakRef<object>>): Promise<boolean> {
	const data = await execution();
	const isThere = () => data.deref() !== undefined;
	for (let looks = 0; looks < LOOKS && isThere(); looks++) {
		await pause();
		collect();
	}
	return isThere();
}

const video = (): RunOptions['parameters'] => ({
	imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
	prompt: 'Rain',
});

describe('Nothing of an execution is left', () => {
	it('that has started a video and let nobody wait for it', async () => {
		const { credential } = newAccount(sandbox);
		const started = async () => {
			const { run } = await runWorkflow({
				credential,
				parameters: { operation: 'start', ...video() },
			});
			expect(run.status).toBe('success');
			return new WeakRef(run.data);
		};
		expect(await isHeld(started)).toBe(false);
	});

	it('that was parked, as long as it sleeps', async () => {
		const { credential } = newAccount(sandbox);
		const parked = async () => {
			const { run } = await new ParkingServer().run({
				credential,
				parameters: { ...video(), options: { survivesRestarts: true } },
			});
			expect(run.waitTill).toBeDefined();
			return new WeakRef(run.data);
		};
		expect(await isHeld(parked)).toBe(false);
	});
});
