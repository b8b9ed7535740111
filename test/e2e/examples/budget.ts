/** The budget example: within the budget, at its edge, beyond it, and without an answer to what is spent. */
import type { Execution } from '../../../harness/drive/api';
import { nodeOf } from '../support/examples';
import { itemsOf, probeVideo } from '../support/output';
import type { Stage } from './stage';

const FILE = 'monthly-budget.json';
const PRICE = 1.05;

export function budgetExample(stage: () => Stage): void {
	/** Runs a copy with another budget, as the other examples have spent from the same account. */
	async function runWith(monthlyBudget: number): Promise<Execution> {
		const { n8n, workflows } = stage();
		const changed = structuredClone(workflows.get(FILE)!);
		const { assignments } = nodeOf(changed, 'Order').parameters as {
			assignments: { assignments: Array<{ name: string; value: unknown }> };
		};
		assignments.assignments.find(({ name }) => name === 'monthlyBudget')!.value = monthlyBudget;
		const { id } = await n8n.api.addWorkflow(changed);
		return await n8n.api.waitForExecution(await n8n.api.runWorkflowManually(id, 'Run by Hand'));
	}
	const cents = (usd: number) => Math.round(usd * 100) / 100;
	const spent = () =>
		cents(
			stage()
				.service.jobs()
				.reduce((total, { billed, cost = 0 }) => total + (billed ? cost : 0), 0),
		);
	const underWay = () =>
		stage()
			.service.jobs()
			.filter(({ status }) => status === 'QUEUED' || status === 'PROCESSING').length;
	/** The smallest budget that lets a video through. */
	const needed = () => cents(spent() + (underWay() + 1) * PRICE);
	const errorOf = ({ data }: Execution) => String(data.resultData.error?.message);

	it('budget: a video within the budget is made, after the books were asked', async () => {
		const { n8n, folder, jobsOf, runByHand } = stage();
		const before = spent();
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		const [{ json: usage }] = itemsOf(result, 'Get Usage');
		expect(usage).toMatchObject({ cost: before, currency: 'USD' });
		expect(jobs).toMatchObject([{ billed: true, cost: PRICE }]);
		const [item] = itemsOf(result, 'Generate Video');
		expect((await probeVideo(n8n, item, folder)).durationSeconds).toBeCloseTo(5, 0);
	}, 60_000);

	it('budget: the last video that fits is made, and the next one is not ordered', async () => {
		const { jobsOf } = stage();
		const budget = needed();
		const fits = await jobsOf(async () => await runWith(budget));
		expect(fits.result.status).toBe('success');
		expect(fits.jobs).toHaveLength(1);

		const { result, jobs } = await jobsOf(async () => await runWith(budget));
		expect(jobs).toEqual([]);
		expect(result.status).toBe('error');
		expect(errorOf(result)).toContain(
			`Nothing was submitted: $${spent().toFixed(2)} of this month's $${budget.toFixed(2)} is spent`,
		);
	}, 60_000);

	it('budget: a video that is being made counts, a failed one does not', async () => {
		const { jobsOf, service } = stage();
		const key = String(service.credential.data.apiKey);
		const add = async (status: 'FAILED' | 'PROCESSING') =>
			await service.sandbox.addPast(key, { createdAt: Date.now() - 1000, status, cost: 50 });
		const budget = needed();
		await add('FAILED');
		const fits = await jobsOf(async () => await runWith(budget));
		expect(fits.jobs).toHaveLength(1);

		const more = needed();
		await add('PROCESSING');
		const { result, jobs } = await jobsOf(async () => await runWith(more));
		expect(jobs).toEqual([]);
		expect(errorOf(result)).toContain(`${underWay()} requests are under way`);
	}, 60_000);

	it('budget: without an answer to what was spent, nothing is ordered', async () => {
		const { jobsOf, runByHand, service } = stage();
		service.sandbox.set({ historyAvailable: false });
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		service.sandbox.set({ historyAvailable: true });
		expect(jobs).toEqual([]);
		expect(result.status).toBe('error');
		expect(errorOf(result)).toMatch(/history could not be read/);
	}, 60_000);
}
