/** The examples that run from start to end by themselves. */
import { itemsOf, probeVideo } from '../support/output';
import type { Stage } from './stage';

export function imageUrlExample(stage: () => Stage): void {
	it('image URL: one job, and its MP4 is in n8n', async () => {
		const { n8n, folder, service, jobsOf, runByHand } = stage();
		const { result, jobs } = await jobsOf(async () => await runByHand('image-url-to-video.json'));
		expect(jobs).toHaveLength(1);
		expect(jobs[0].body).toMatchObject({ image_url: service.imageUrl, duration: '3', mode: 'std' });
		const [item] = itemsOf(result, 'Generate Video');
		expect(item.json).toMatchObject({
			requestId: jobs[0].requestId,
			videoUrl: jobs[0].videoUrl,
			cost: 0.63,
		});
		const video = await probeVideo(n8n, item, folder);
		expect(video.hasVideo).toBe(true);
		expect(video.durationSeconds).toBeCloseTo(3, 0);
	}, 60_000);
}

export function storyboardExample(stage: () => Stage): void {
	it("storyboard: a language model's JSON becomes one video with three shots and an end image", async () => {
		const { n8n, folder, service, jobsOf, runByHand } = stage();
		const { result, jobs } = await jobsOf(async () => await runByHand('storyboard-to-video.json'));
		const [{ json }] = itemsOf(result, 'Storyboard');
		// As models return it: JSON in a Markdown code block.
		const [, text] = /^```json\n([\s\S]+)\n```$/.exec(String(json.storyboard))!;
		const shots = JSON.parse(text) as Array<{ prompt: string; duration: number }>;
		expect(jobs.map(({ body }) => body)).toEqual([
			expect.objectContaining({
				image_url: service.imageUrl,
				end_image_url: service.imageUrl,
				duration: '10',
				multi_prompt: shots.map(({ prompt, duration }) => ({ prompt, duration: String(duration) })),
			}),
		]);
		const [item] = itemsOf(result, 'Film Storyboard');
		expect(item.json.duration).toBe(10);
		expect((await probeVideo(n8n, item, folder)).durationSeconds).toBeCloseTo(10, 0);
	}, 60_000);
}
