/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** `npm run demo -- --crash`, as people run it: real n8n is killed, and what the account says of it. */
import { readFileSync } from 'node:fs';

import { CRASH_PROMPTS, runCrash, type CrashResult } from '../../demo/crash';
import { Cleanup } from '../../harness/run/cleanup';

describe('The demo of a crash', () => {
	const cleanup = new Cleanup();
	let crash: CrashResult;
	beforeAll(async () => {
		crash = await runCrash({ outputFolder: cleanup.temporaryFolder('segmind-kling-demo-') });
	}, 300_000);
	afterAll(async () => await cleanup.run());

	it('kills n8n while three videos are being made', () => {
		expect(crash.atKill.map(({ body }) => body.prompt).sort()).toEqual([...CRASH_PROMPTS].sort());
		expect(crash.atKill.map(({ status }) => status)).not.toContain('COMPLETED');
	});

	it('ends with three videos, three jobs, one bill each', () => {
		const idsOf = (jobs: CrashResult['jobs']) => jobs.map(({ requestId }) => requestId).sort();
		expect(idsOf(crash.jobs)).toEqual(idsOf(crash.atKill));
		expect(crash.jobs.map(({ billed }) => billed)).toEqual([true, true, true]);
		const files = crash.files.map((file) => readFileSync(file));
		expect(files.map((file) => file.toString('latin1', 4, 8))).toEqual(['ftyp', 'ftyp', 'ftyp']);
	});
});
