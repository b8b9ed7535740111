/** The approval example: below the limit, and above it with both decisions. */
import type { Execution, ExecutionSummary } from '../../../harness/api';
import { whenExecution } from '../support/executions';
import { openForm, submitForm } from '../support/form';
import { itemsOf, probeVideo } from '../support/output';
import type { Stage } from './stage';

const FILE = 'approval-above-a-limit.json';

export function approvalExample(stage: () => Stage): void {
	const send = async (order: object) =>
		await stage().n8n.api.runWebhook('kling-approval', {
			data: { image: stage().service.imageUrl, ...order },
		});
	const ended = async (id?: string) => {
		const { n8n, workflows } = stage();
		const { id: workflowId } = workflows.get(FILE)!;
		const [newest] = await n8n.api.executions({ workflowId });
		return await n8n.api.waitForExecution(id ?? newest.id);
	};

	const asleep = async (): Promise<Execution> => {
		const { n8n, workflows } = stage();
		const isAsleep = ({ status }: ExecutionSummary) => status === 'waiting';
		return await n8n.api.execution((await whenExecution(n8n, workflows.get(FILE)!, isAsleep)).id);
	};

	it('approval: a video below the limit is made at once', async () => {
		const { n8n, folder, jobsOf } = stage();
		const { result, jobs } = await jobsOf(async () => {
			await send({ prompt: 'Cheap', duration: '3', mode: 'std' });
			return await ended();
		});
		expect(itemsOf(result, 'Estimate Cost')[0].json.estimatedCost).toBe(0.63);
		expect(jobs).toMatchObject([{ billed: true, cost: 0.63, body: { prompt: 'Cheap' } }]);
		const [item] = itemsOf(result, 'Generate Video');
		expect((await probeVideo(n8n, item, folder)).durationSeconds).toBeCloseTo(3, 0);
	}, 60_000);

	it.each([
		['Approve', 1],
		['Reject', 0],
	])(
		'approval: above the limit nothing is ordered before somebody decides (%s: %i video)',
		async (Decision, videos) => {
			const { jobsOf } = stage();
			const waiting = await jobsOf(async () => {
				await send({ prompt: 'Expensive', duration: '5', mode: 'pro' });
				return await asleep();
			});
			expect(waiting.jobs).toEqual([]);
			const [{ json }] = itemsOf(waiting.result, 'Message to the Boss');
			expect(json.message).toMatch(/^A video of 5 seconds is estimated to cost \$1\.40\./);
			expect(json.message).toContain(json.form);

			const { result, jobs } = await jobsOf(async () => {
				const form = await openForm(String(json.form));
				expect(form.html).toContain('Expensive — 5 seconds in Pro, estimated at $1.40.');
				await submitForm(form, { Decision });
				return await ended(waiting.result.id);
			});
			expect(result.status).toBe('success');
			expect(jobs).toHaveLength(videos);
			expect(jobs.map(({ billed, cost }) => [billed, cost])).toEqual(
				Array.from({ length: videos }, () => [true, 1.4]),
			);
			expect(itemsOf(result, 'Generate Video')).toHaveLength(videos);
			expect(itemsOf(result, 'Nothing Made')).toHaveLength(1 - videos);
		},
		60_000,
	);
}
