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

export function textExample(stage: () => Stage): void {
	it('text: one job without any file, and its MP4 is in portrait', async () => {
		const { n8n, folder, jobsOf, runByHand } = stage();
		const { result, jobs } = await jobsOf(
			async () => await runByHand('text-to-portrait-video.json'),
		);
		const [{ json: idea }] = itemsOf(result, 'Idea');
		expect(jobs.map(({ model, body }) => ({ model, body }))).toEqual([
			{
				model: 'kling-o3-text2video',
				body: {
					prompt: idea.idea,
					duration: '3',
					aspect_ratio: '9:16',
					mode: 'std',
					generate_audio: false,
					negative_prompt: 'text, watermark, blur',
					shot_type: 'customize',
				},
			},
		]);
		const [item] = itemsOf(result, 'Generate Video');
		expect(item.json).toMatchObject({ model: 'kling-o3-text2video', cost: 0.63 });
		const { width, height } = await probeVideo(n8n, item, folder);
		expect(height).toBeGreaterThan(width);
	}, 60_000);
}

export function referenceExample(stage: () => Stage): void {
	it('reference: the character is an element, the style an image, and the video is new', async () => {
		const { n8n, folder, service, jobsOf, runByHand } = stage();
		const { imageUrl, videoUrl } = service;
		const { result, jobs } = await jobsOf(async () => await runByHand('video-restyle.json'));
		expect(jobs.map(({ model, body }) => ({ model, body }))).toEqual([
			{
				model: 'kling-o3-video2video-reference',
				body: {
					video_url: videoUrl,
					prompt: '@Element1 walks along the shore in the style of @Image1',
					duration: '3',
					aspect_ratio: '9:16',
					mode: 'std',
					keep_audio: false,
					elements: [{ frontal_image_url: imageUrl, reference_image_urls: [imageUrl] }],
					image_urls: [imageUrl],
					shot_type: 'customize',
				},
			},
		]);
		const [item] = itemsOf(result, 'Remake Video');
		expect(item.json.cost).toBe(0.945);
		const video = await probeVideo(n8n, item, folder);
		expect(video).toMatchObject({ hasVideo: true, hasAudio: false });
		expect(video.durationSeconds).toBeCloseTo(3, 0);
	}, 60_000);
}

export function editExample(stage: () => Stage): void {
	it('edit: the file is uploaded, its length is the price, and the video is as long', async () => {
		const { n8n, folder, service, jobsOf, runByHand } = stage();
		const { sandbox, credential, videoUrl } = service;
		const uploads = () => sandbox.account(credential.data.apiKey as string).uploads;
		const before = uploads().length;
		const { result, jobs } = await jobsOf(async () => await runByHand('video-edit.json'));
		const [{ url, bytes }, ...others] = uploads().slice(before);
		expect(others).toEqual([]);
		expect(bytes).toBe((await (await fetch(videoUrl)).arrayBuffer()).byteLength);
		expect(jobs).toMatchObject([
			{
				model: 'kling-o3-video2video-edit',
				body: { video_url: url, prompt: 'It is a clear winter night, and snow falls' },
				cost: 1.575,
			},
		]);
		const [item] = itemsOf(result, 'Edit Video');
		expect(item.json).toMatchObject({ duration: 5, estimatedCost: 1.575, cost: 1.575 });
		const video = await probeVideo(n8n, item, folder);
		expect(video).toMatchObject({ hasVideo: true, hasAudio: true });
		expect(video.durationSeconds).toBeCloseTo(5, 0);
	}, 60_000);
}
