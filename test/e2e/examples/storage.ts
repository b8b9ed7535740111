/** The example for S3, with an S3 server behind the node. */
import { itemsOf } from '../support/output';
import type { Stage } from './stage';

const FILE = 'store-in-s3.json';
const BUCKET = 'my-videos';

export function storageExample(stage: () => Stage): void {
	it('S3: a video that the storage did not take is stored by a retry, and paid once', async () => {
		const { n8n, s3, jobsOf, runByHand } = stage();
		// There is no such bucket yet.
		const failed = await jobsOf(async () => await runByHand(FILE));
		expect(failed.result.status).toBe('error');
		expect(failed.result.data.resultData.lastNodeExecuted).toBe('Store in S3');
		expect(failed.jobs).toMatchObject([{ billed: true, cost: 0.63 }]);
		const [{ requestId, videoUrl }] = failed.jobs;
		const key = `kling/${requestId}.mp4`;
		expect(await s3.read(BUCKET, key)).toBeUndefined();

		s3.createBucket(BUCKET);
		const { result, jobs } = await jobsOf(
			async () => await n8n.api.retry(failed.result.id, { loadWorkflow: false }),
		);
		expect(result.status).toBe('success');
		expect(jobs).toEqual([]);
		const stored = await s3.read(BUCKET, key);
		const made = await (await fetch(String(videoUrl))).arrayBuffer();
		expect(stored!.type).toBe('video/mp4');
		expect(stored!.bytes.equals(Buffer.from(made))).toBe(true);
		expect(itemsOf(result, 'Stored').map(({ json }) => json)).toEqual([
			{ address: `s3://${BUCKET}/${key}`, requestId, cost: 0.63 },
		]);
	}, 60_000);
}
