/** The approval example: below the limit, and above it with both decisions. */
import type { Execution, ExecutionSummary } from '../../../harness/drive/api';
import type { Workflow } from '../../../harness/run/n8n';
import { whenExecution } from '../support/executions';
import { nodeOf } from '../support/examples';
import { openForm, submitForm } from '../support/form';
import { itemsOf, probeVideo } from '../support/output';
import type { Stage } from './stage';

const FILE = 'approval-above-a-limit.json';

export function approvalExample(stage: () => Stage): void {
	/** @returns ID of the execution: n8n 1 answers before there is one */
	const send = async (
		order: object,
		workflow: Workflow = stage().workflows.get(FILE)!,
	): Promise<string> => {
		const { n8n, service } = stage();
		const before = await n8n.api.executions({ workflowId: workflow.id });
		const isNew = ({ id }: ExecutionSummary) => before.every((older) => older.id !== id);
		const { path } = nodeOf(workflow, 'Receive Order').parameters;
		const data = { image: service.imageUrl, ...order };
		await n8n.api.runWebhook(String(path), { data });
		return (await whenExecution(n8n, workflow, isNew)).id;
	};
	const ended = async (id: string) => await stage().n8n.api.waitForExecution(id);
	const asleep = async (sent: string): Promise<Execution> => {
		const { n8n, workflows } = stage();
		const isAsleep = ({ id, status }: ExecutionSummary) => id === sent && status === 'waiting';
		return await n8n.api.execution((await whenExecution(n8n, workflows.get(FILE)!, isAsleep)).id);
	};

	it('approval: a video below the limit is made at once', async () => {
		const { n8n, folder, jobsOf } = stage();
		const { result, jobs } = await jobsOf(async () => {
			return await ended(await send({ prompt: 'Cheap', duration: '3', mode: 'std' }));
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
				return await asleep(await send({ prompt: 'Expensive', duration: '5', mode: 'pro' }));
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

	it('approval: a video that is dearer than the price that was shown is not ordered', async () => {
		const { n8n, jobsOf, workflows } = stage();
		const changed = structuredClone(workflows.get(FILE)!);
		nodeOf(changed, 'Receive Order').parameters.path = 'kling-approval-with-sound';
		// Estimate Cost does not know of it.
		nodeOf(changed, 'Generate Video').parameters.generateAudio = true;
		const workflow = await n8n.api.addWorkflow({ ...changed, active: true });
		const { result, jobs } = await jobsOf(
			async () =>
				await ended(await send({ prompt: 'Cheap', duration: '3', mode: 'std' }, workflow)),
		);
		expect(result.data.resultData.error?.message).toMatch(
			/more than Max Cost Per Video \(\$0\.63\)/,
		);
		expect(jobs).toEqual([]);
	}, 60_000);
}
