/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** The form example, filled in over HTTP as a browser does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Sandbox } from '../../../sandbox';
import { nodeOf } from '../support/examples';
import { nextPage, openForm, submitForm } from '../support/form';
import { itemsOf, probeVideo } from '../support/output';
import { forbidReads, type Stage } from './stage';

const FILE = 'form-to-video.json';
const PICTURE = join(__dirname, '../../../demo/assets/mountain.jpg');

export function formExample(stage: () => Stage): void {
	/** Fills in the form and gives the last page. */
	async function order(motion: string, picture: Buffer): Promise<string> {
		const { n8n, workflows } = stage();
		const { options } = nodeOf(workflows.get(FILE)!, 'Order Form').parameters;
		const form = await openForm(`${n8n.url}/form/${(options as { path: string }).path}`);
		const { formWaitingUrl } = await submitForm(form, {
			Picture: new File([picture], 'mountain.jpg', { type: 'image/jpeg' }),
			Motion: motion,
		});
		return await nextPage(formWaitingUrl!);
	}

	const newest = async () => {
		const { n8n, workflows } = stage();
		const [{ id }] = await n8n.api.executions({ workflowId: workflows.get(FILE)!.id });
		return await n8n.api.waitForExecution(id);
	};

	it('form: an uploaded picture becomes a video, which the last page plays', async () => {
		const { n8n, folder, service, jobsOf } = stage();
		const { result: page, jobs } = await jobsOf(
			async () => await order('Clouds drift past', readFileSync(PICTURE)),
		);
		expect(jobs.map(({ body }) => body)).toEqual([
			expect.objectContaining({ prompt: 'Clouds drift past', duration: '5', mode: 'std' }),
		]);
		// The picture was uploaded, not linked.
		const { uploads } = service.sandbox.account(String(service.credential.data.apiKey));
		expect(jobs[0].body.image_url).toBe(uploads.at(-1)!.url);
		expect(page).toContain('Here is your video');
		const [, source] = /<video [^>]*controls[^>]*>\s*<source src="([^"]+)"/.exec(page)!;
		expect(source).toBe(jobs[0].videoUrl);
		expect((await fetch(source)).headers.get('content-type')).toBe('video/mp4');
		const [item] = itemsOf(await newest(), 'Generate Video');
		expect((await probeVideo(n8n, item, folder)).durationSeconds).toBeCloseTo(5, 0);
	}, 60_000);

	it.each([
		['a file that is no picture', Buffer.from('no picture'), 'JPEG, PNG or WebP'],
		['a video that Segmind refuses', readFileSync(PICTURE), 'content policy'],
	])(
		'form: %s leads to a friendly page, and is not billed',
		async (_, picture, reason) => {
			const { service, jobsOf } = stage();
			service.sandbox.inject({
				stage: 'submit',
				match: { prompt: 'Forbidden' },
				fault: { kind: 'fail-job', error: 'Blocked by the content policy' },
			});
			const { result: page, jobs } = await jobsOf(async () => await order('Forbidden', picture));
			service.sandbox.clearFaults();
			expect(page).toContain('Sorry, there is no video yet');
			expect(page).toContain(reason);
			expect(page).toContain('Nothing was charged');
			expect(page).not.toContain('<video');
			expect(page).not.toContain('do not send it again');
			expect(jobs.filter(({ billed }) => billed)).toEqual([]);
			expect((await newest()).status).toBe('success');
		},
		60_000,
	);

	it.each<[string, (sandbox: Sandbox) => void]>([
		['the request ID', (sandbox) => forbidReads(sandbox)],
		[
			'the execution',
			(sandbox) => sandbox.inject({ stage: 'submit', fault: { kind: 'reset', when: 'after' } }),
		],
	])(
		'form: who may have bought a video reads no error, but a number for the owner: %s',
		async (number, strike) => {
			const { service, jobsOf } = stage();
			// With its history the lost answer would be found, and there would be a video.
			service.sandbox.set({ historyAvailable: false });
			strike(service.sandbox);
			// A motion of its own: the same video as before would be taken over, not ordered.
			const { result: page, jobs } = await jobsOf(
				async () => await order(`Clouds drift past, seen by ${number}`, readFileSync(PICTURE)),
			);
			service.sandbox.clearFaults();
			service.sandbox.set({ historyAvailable: true });
			const execution = await newest();
			expect(jobs).toHaveLength(1);
			expect(page).toContain('Please do not send it again');
			expect(page).toContain(
				`this number: ${number === 'the execution' ? `execution ${execution.id}` : jobs[0].requestId}`,
			);
			expect(page).not.toMatch(/Segmind|Forbidden|billed|Nothing was charged/);
			expect(execution.status).toBe('success');
		},
		60_000,
	);
}
