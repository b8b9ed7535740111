/** The table example: rows as a person puts them into the data table. */
import { itemsOf, probeVideo } from '../support/output';
import type { Stage } from './stage';

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
		...['Chair', 'Table', 'Shelf', 'Vase'].map((product) => ({
			product,
			imageUrl,
			prompt: `The ${product} turns slowly`,
		})),
	];

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
		const { n8n, service, jobsOf, runByHand } = stage();
		const row = { product: 'Mug', imageUrl: service.imageUrl, prompt: 'The mug turns slowly' };
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
}
