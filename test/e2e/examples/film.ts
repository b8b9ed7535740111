/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** The film example, with a picture of one color for each key frame, so that each frame of the film tells where it is from. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ffmpeg } from '../../../sandbox/render/ffmpeg';
import { nodeOf } from '../support/examples';
import { itemsOf } from '../support/output';
import type { TestService } from '../support/service';
import type { Stage } from './stage';

const FILE = 'film-from-key-frames.json';
/** Far from each other, and from what the sandbox does to the light of a picture. */
const COLORS = { red: [255, 0, 0], lime: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] };
type Color = keyof typeof COLORS;
const NAMES = Object.keys(COLORS) as Color[];
const CLIP_SECONDS = 3;

/** @returns the address of a picture that the sandbox can fetch */
async function upload(
	{ sandbox, credential }: TestService,
	folder: string,
	color: Color,
): Promise<string> {
	const file = join(folder, `${color}.png`);
	await ffmpeg(['-f', 'lavfi', '-i', `color=${color}:s=320x320`, '-frames:v', '1', file]);
	const data = `data:image/png;base64,${readFileSync(file).toString('base64')}`;
	const answer = await fetch(`${sandbox.storageUrl}/upload-asset`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-api-key': String(credential.data.apiKey) },
		body: JSON.stringify({ data_urls: [data] }),
	});
	const { file_urls } = (await answer.json()) as { file_urls: string[] };
	return file_urls[0];
}

/** The nearest color of each frame of a video. */
async function colorsOf(film: string, folder: string): Promise<Color[]> {
	const file = join(folder, 'colors.rgb');
	await ffmpeg(['-i', film, '-vf', 'scale=1:1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', file]);
	const bytes = readFileSync(file);
	return Array.from({ length: bytes.length / 3 }, (_, frame) => {
		const distance = (name: Color) =>
			COLORS[name].reduce((sum, value, i) => sum + Math.abs(value - bytes[3 * frame + i]), 0);
		return NAMES.reduce((best, name) => (distance(name) < distance(best) ? name : best));
	});
}

export function filmExample(stage: () => Stage): void {
	/** The command that the note gives, but for the sandbox, which has no HTTPS. */
	function joinCommand(list: string, film: string): string[] {
		const { content } = nodeOf(stage().workflows.get(FILE)!, 'About the Result').parameters;
		const [, command] = /`ffmpeg ([^`]+)`/.exec(String(content))!;
		const files: Record<string, string> = { 'film.txt': list, 'film.mp4': film };
		return command
			.replace(',https,', ',https,http,')
			.split(' ')
			.map((word) => files[word] ?? word);
	}

	it('film: a clip that failed is made again alone, and the film goes from picture to picture', async () => {
		const { n8n, folder, service, jobsOf, runByHand, workflows } = stage();
		const urls = await Promise.all(NAMES.map(async (name) => await upload(service, folder, name)));
		const frames = NAMES.map((name, index) => ({ image: urls[index], motion: `From ${name} on` }));
		await n8n.api.updateWorkflow(workflows.get(FILE)!.id, (saved) => {
			nodeOf(saved, 'Key Frames').parameters.jsonOutput = JSON.stringify({ frames });
		});

		service.sandbox.inject({
			stage: 'submit',
			match: { prompt: 'From lime on' },
			fault: { kind: 'fail-job', error: 'Try again' },
		});
		const failed = await jobsOf(async () => await runByHand(FILE));
		service.sandbox.clearFaults();
		expect(failed.result.status).toBe('error');
		expect(failed.jobs.map(({ billed }) => billed).sort()).toEqual([false, true, true]);

		// So the clip in the middle is ready last.
		const { result, jobs } = await jobsOf(async () => await runByHand(FILE));
		expect(jobs.map(({ body, billed }) => [body.prompt, billed])).toEqual([['From lime on', true]]);
		const clips = itemsOf(result, 'Film Clips');
		const made = [...failed.jobs, ...jobs].filter(({ billed }) => billed);
		expect(clips.map(({ json }) => json.requestId)).toEqual(
			[0, 1, 2].map((index) => {
				const { requestId } = made.find(({ body }) => body.image_url === urls[index])!;
				return requestId;
			}),
		);
		for (const { json, binary } of clips) {
			const bytes = await (await fetch(String(json.videoUrl))).arrayBuffer();
			expect((await n8n.api.binary(binary!.data.id!)).equals(Buffer.from(bytes))).toBe(true);
		}

		const [{ json: film }] = itemsOf(result, 'Film');
		expect(film).toMatchObject({ clips: 3, seconds: 9, cost: 1.89 });
		const [{ binary }] = itemsOf(result, 'List of Clips');
		expect(binary!.data.fileName).toBe('film.txt');
		const list = join(folder, 'film.txt');
		writeFileSync(list, await n8n.api.binary(binary!.data.id!));
		const joined = join(folder, 'film.mp4');
		await ffmpeg(joinCommand(list, joined));
		const colors = await colorsOf(joined, folder);
		const frame = colors.length / 3;
		expect([0, 1, 2].map((n) => [colors[n * frame], colors[(n + 1) * frame - 1]])).toEqual([
			['red', 'lime'],
			['lime', 'blue'],
			['blue', 'white'],
		]);
		expect(colors.length % CLIP_SECONDS).toBe(0);
	}, 90_000);
}
