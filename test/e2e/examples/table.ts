/** The table example: rows as a person puts them into the data table. */
import { nodeOf } from '../support/examples';
import { itemsOf, probeVideo } from '../support/output';
import { forbidReads, JOB_SECONDS, type Stage } from './stage';

const FILE = 'products-to-videos.json';
const TABLE = 'Product videos';

interface Row {
	product: string;
	status: string | null;
	videoUrl: string | null;
	cost: number | null;
	requestId: string | null;
	error: string | null;
}

export function tableExample(stage: () => Stage): void {
	const products = (imageUrl: string) => [
		// A cell that was emptied in the editor.
		{ product: 'Lamp', imageUrl, prompt: 'The lamp lights up', status: '' },
		{ product: 'No picture', imageUrl: 'mountain.jpg', prompt: 'Nothing to see' },
		{ product: 'Refused', imageUrl, prompt: 'Something forbidden' },
		...rowsOf('Chair', 'Table', 'Shelf', 'Vase'),
	];

	const rowsOf = (...names: string[]) =>
		names.map((product) => ({
			product,
			imageUrl: stage().service.imageUrl,
			prompt: `The ${product} turns slowly`,
		}));
	const promptsOf = (rows: Array<{ prompt: string }>) => rows.map(({ prompt }) => prompt).sort();
	const SEVEN = ['1', '2', '3', '4', '5', '6', '7'];

	it('table: the first run creates the table and orders nothing', async () => {
		const { n8n, jobsOf, runByHand } = stage();
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		expect(result.status).toBe('success');
		expect(jobs).toEqual([]);
		expect(await n8n.api.tableRows(TABLE)).toEqual([]);
	}, 60_000);

	it('table: each row gets its video and its cost, a bad row its error', async () => {
		const { n8n, folder, service, jobsOf, runByHand } = stage();
		await n8n.api.addTableRows(TABLE, products(service.imageUrl));
		service.sandbox.inject({
			stage: 'submit',
			match: { prompt: 'forbidden' },
			fault: { kind: 'fail-job', error: 'Blocked by the content policy' },
		});
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		service.sandbox.clearFaults();
		expect(result.status).toBe('success');

		const rows = await n8n.api.tableRows<Row>(TABLE);
		const states = Object.fromEntries(rows.map(({ product, status }) => [product, status]));
		expect(states).toEqual({
			...{ Lamp: 'done', 'No picture': 'failed', Refused: 'failed' },
			...{ Chair: 'done', Table: 'done', Shelf: 'done', Vase: 'done' },
		});
		const done = rows.filter(({ status }) => status === 'done');
		for (const row of done) {
			const job = jobs.find(({ requestId }) => requestId === row.requestId)!;
			// No row has another one's video.
			expect(String(job.body.prompt).toLowerCase()).toContain(row.product.toLowerCase());
			expect(row).toMatchObject({ videoUrl: job.videoUrl, cost: 1.05, error: null });
		}
		const failed = rows.filter(({ status }) => status === 'failed');
		expect(failed.map(({ error }) => error)).toEqual([
			expect.stringContaining('Image URL is not a valid URL'),
			expect.stringContaining('Blocked by the content policy'),
		]);
		expect(failed.map(({ videoUrl, cost }) => [videoUrl, cost])).toEqual([
			[null, null],
			[null, null],
		]);
		expect(jobs.filter(({ billed }) => billed)).toHaveLength(5);
		const [lamp] = result.data.resultData.runData['Generate Video'][0].data!.main[0]!;
		expect((await probeVideo(n8n, lamp, folder)).durationSeconds).toBeCloseTo(5, 0);
	}, 90_000);

	it('table: another run makes what is new, and nothing again', async () => {
		const { n8n, jobsOf, runByHand } = stage();
		const [row] = rowsOf('Mug');
		await n8n.api.addTableRows(TABLE, [row]);
		const { jobs } = await jobsOf(async () => await runByHand(FILE));
		expect(jobs.map(({ body }) => body.prompt)).toEqual([row.prompt]);
		const rows = await n8n.api.tableRows<Row>(TABLE);
		expect(rows.at(-1)).toMatchObject({ status: 'done', videoUrl: jobs[0].videoUrl });
	}, 60_000);

	it('table: a row whose run was killed is not paid again', async () => {
		const { n8n, service, jobsOf, runByHand } = stage();
		const { imageUrl } = service;
		const row = { product: 'Cup', imageUrl, prompt: 'The cup turns', status: 'being made' };
		await n8n.api.addTableRows(TABLE, [row]);
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		expect(itemsOf(result, 'Get Rows without Status')).toEqual([]);
		expect(jobs).toEqual([]);
	}, 60_000);

	it('table: a row that may be paid says so, and is not bought again', async () => {
		const { n8n, service, jobsOf, runByHand } = stage();
		await n8n.api.addTableRows(TABLE, rowsOf('Lost'));
		// The job is accepted, then the account may not ask for it: waiting ends.
		forbidReads(service.sandbox);
		const { jobs } = await jobsOf(async () => {
			await runByHand(FILE);
			service.sandbox.clearFaults();
			await runByHand(FILE);
		});
		expect(jobs).toHaveLength(1);
		expect((await n8n.api.tableRows<Row>(TABLE)).at(-1)).toMatchObject({
			status: 'may be paid',
			requestId: jobs[0].requestId,
			error: expect.stringContaining('may be billed'),
		});
	}, 60_000);

	it('table: two runs that start at the same moment make each row once', async () => {
		const { n8n, jobsOf, runByHand } = stage();
		const rows = rowsOf(...SEVEN.map((number) => `Twin ${number}`));
		await n8n.api.addTableRows(TABLE, rows);
		const { result, jobs } = await jobsOf(
			async () => await Promise.all([runByHand(FILE), runByHand(FILE)]),
		);
		expect(result.map(({ status }) => status)).toEqual(['success', 'success']);
		expect(jobs.map(({ body }) => body.prompt).sort()).toEqual(promptsOf(rows));
		const saved = await n8n.api.tableRows<Row>(TABLE);
		expect(saved.slice(-7).map(({ status }) => status)).toEqual(SEVEN.map(() => 'done'));
	}, 90_000);

	it('table: a run that has read rows before another one claimed them orders none of them', async () => {
		const { n8n, jobsOf, workflows } = stage();
		const late = structuredClone(workflows.get(FILE)!);
		// What it reads has a status already, as if it had been read too early.
		nodeOf(late, 'Get Rows without Status').parameters.filters = {};
		const { id } = await n8n.api.addWorkflow(late);
		const { result, jobs } = await jobsOf(
			async () =>
				await n8n.api.waitForExecution(await n8n.api.runWorkflowManually(id, 'Run by Hand')),
		);
		expect(itemsOf(result, 'Get Rows without Status').length).toBeGreaterThan(0);
		expect(itemsOf(result, 'Claim Rows')).toEqual([]);
		expect(jobs).toEqual([]);
	}, 60_000);

	it('table: a second run meanwhile buys nothing, and after a Stop the rows tell which were ordered', async () => {
		const { n8n, service, jobsOf, runByHand, workflows } = stage();
		await n8n.api.addTableRows(TABLE, rowsOf(...SEVEN.map((number) => `Stopped ${number}`)));
		const before = service.jobs().length;
		service.sandbox.set({ jobSeconds: 600 });
		const { jobs } = await jobsOf(async () => {
			const id = await n8n.api.runWorkflowManually(workflows.get(FILE)!.id, 'Run by Hand');
			await service.sandbox.whenJobs(({ length }) => length === before + 5);
			const second = await runByHand(FILE);
			expect(itemsOf(second, 'Get Rows without Status')).toEqual([]);
			await n8n.api.stopExecution(id);
			await n8n.api.waitForExecution(id);
			await runByHand(FILE);
		});
		service.sandbox.set({ jobSeconds: JOB_SECONDS });
		const rows = (await n8n.api.tableRows<Row & { prompt: string }>(TABLE)).slice(-7);
		expect(rows.map(({ status }) => status)).toEqual([
			...Array.from({ length: 5 }, () => 'being made'),
			...['queued', 'queued'],
		]);
		expect(jobs.map(({ body }) => body.prompt).sort()).toEqual(promptsOf(rows.slice(0, 5)));
	}, 90_000);
}
