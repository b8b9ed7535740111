/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The panel in n8n's own editor, used as a person uses it: found, filled, run, read. What goes over the wire
 * and what is billed is read in the sandbox; the screenshots are in test/output/pictures.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { Clip } from '../../harness/drive/editor/part';
import type { Panel } from '../../harness/drive/editor/panel';
import { ffprobe } from '../../sandbox/render/ffmpeg';
import { Film } from './support/film';
import { openStage, SHOTS, updateDocuments, type Stage } from './support/stage';
import {
	NODE,
	READER,
	withFilm,
	withItems,
	withKling,
	withoutKling,
	withPicture,
} from './support/workflows';

jest.setTimeout(180_000);

const JOB_SECONDS = 3;
/** A README must be there at once on a slow line. */
const MAX_FILM_BYTES = 1_000_000;
const PROMPT = 'The camera glides over the lake towards the mountain while the last light fades';
/** Fields of each model, by its label, as the specification orders them; and those that decide its price. */
const FIELDS: Record<string, { request: string[]; price: string[] }> = {
	'Image to Video': {
		request: [
			...['Image Source', 'Image URL', 'Prompt', 'Duration (Seconds)', 'Mode', 'Generate Audio'],
			...['Shots', 'End Image'],
		],
		price: ['Duration (Seconds)', 'Mode', 'Generate Audio', 'Shots'],
	},
	'Text to Video': {
		request: [
			...['Prompt', 'Duration (Seconds)', 'Aspect Ratio', 'Mode', 'Generate Audio', 'Shots'],
			'Negative Prompt',
		],
		price: ['Duration (Seconds)', 'Mode', 'Generate Audio', 'Shots'],
	},
	'Video to Video: Reference': {
		request: [
			...['Video Source', 'Video URL', 'Prompt', 'Duration (Seconds)', 'Aspect Ratio', 'Mode'],
			...['Keep Audio', 'Elements', 'Reference Image URLs'],
		],
		price: ['Duration (Seconds)', 'Mode'],
	},
	'Video to Video: Edit': {
		request: [
			...['Video Source', 'Video URL', 'Prompt', 'Mode', 'Keep Audio', 'Elements'],
			...['Reference Image URLs', 'Aspect Ratio', 'Duration (Seconds)'],
		],
		price: ['Video Source', 'Video URL', 'Mode'],
	},
};
const { request: REQUEST, price: PRICE } = FIELDS['Image to Video'];

let stage: Stage;
const picture = async (name: string, part: Clip) => await stage.editor.picture(SHOTS, name, part);

beforeAll(async () => {
	stage = await openStage(JOB_SECONDS);
}, 600_000);
afterAll(async () => {
	await stage?.close();
	if (process.env.UPDATE_DOCS) updateDocuments();
}, 60_000);
beforeEach(() => stage.sandbox.clearFaults());

/** Opens our node, alone in a new workflow, with these parameters. */
async function open(parameters: { [name: string]: unknown } = {}) {
	const id = await stage.show(withKling(parameters));
	return { id, panel: await stage.editor.openNode(NODE) };
}

describe('looking for the node', () => {
	it('"kling" and what its models do find it first', async () => {
		await stage.show(withoutKling());
		for (const text of ['kling', 'image to video', 'text to video', 'edit video']) {
			expect((await stage.editor.searchNode(text))[0]).toBe('Segmind Kling O3');
		}
		await picture('search', await stage.editor.searchResult());
	});

	it('it is added behind a picture, with its credential, ready for what is needed most', async () => {
		await stage.show(withoutKling());
		await stage.editor.node(READER).clickPlus();
		await stage.editor.searchNode('kling');
		const panel = await stage.editor.addNode('Segmind Kling O3', 'Generate video');
		expect(await panel.credential()).toBe('Segmind (demo)');
		expect(await panel.labels()).toEqual([
			...['Resource', 'Operation', 'Model'],
			...REQUEST,
			...['Download Video', 'Options'],
		]);
	});
});

describe('the credential', () => {
	it('a wrong key is refused with what to do; the right one is accepted', async () => {
		const { editor, credential, sandbox } = stage;
		const dialog = await editor.newCredential('Segmind API');
		expect((await dialog.labels()).slice(0, 4)).toEqual([
			'API Key',
			'Requests Per Minute',
			'Base URL',
			'Storage URL',
		]);
		await dialog.fill('apiKey', 'SG_example_wrong_key');
		await dialog.fill('baseUrl', credential.baseUrl);
		await dialog.fill('storageUrl', credential.storageUrl);
		expect(await dialog.save()).toContain(
			'Segmind refused this API key. Copy it again from the Segmind console, under API Keys.',
		);
		await picture('credential-refused', await dialog.top());
		await dialog.fill('apiKey', credential.apiKey);
		expect(await dialog.save()).toContain('Connection tested successfully');
		await picture('credential-accepted', await dialog.top());
		const tests = sandbox.requests().filter(({ stage: what }) => what === 'balance');
		// n8n itself sends a test again after a 401.
		expect([...new Set(tests.map(({ status }) => status))]).toEqual([401, 200]);
	});
});

describe('what the panel shows', () => {
	let panel: Panel;
	beforeAll(async () => {
		panel = (await open()).panel;
	});

	it('a choice brings its fields and takes those of the other', async () => {
		const before = await panel.labels();
		const changed = async (name: string, option: string) => {
			await panel.choose(name, option);
			const now = await panel.labels();
			return {
				come: now.filter((label) => !before.includes(label)),
				gone: before.filter((label) => !now.includes(label)),
			};
		};
		expect(await changed('imageSource', 'Binary File')).toEqual({
			come: ['Input Data Field Name'],
			gone: ['Image URL'],
		});
		expect(await changed('imageSource', 'URL')).toEqual({ come: [], gone: [] });
		expect(await changed('endImageSource', 'Binary File')).toEqual({
			come: ['End Image Data Field Name'],
			gone: [],
		});
		expect(await changed('endImageSource', 'URL')).toEqual({ come: ['End Image URL'], gone: [] });
		expect(await changed('endImageSource', 'None')).toEqual({ come: [], gone: [] });
		expect(await changed('shotMode', 'Multiple')).toEqual({
			come: ['Define Segments', 'Segments'],
			gone: [],
		});
		expect(await changed('multiPromptSource', 'Using JSON')).toEqual({
			come: ['Define Segments', 'Segments (JSON)'],
			gone: ['Duration (Seconds)'],
		});
		expect(await changed('shotMode', 'Single')).toEqual({ come: [], gone: [] });
	});

	it('one notice says the price of what is chosen', async () => {
		const notices = async (mode: string, audio: boolean) => {
			await panel.choose('mode', mode);
			await panel.turn('generateAudio', audio);
			return await panel.notices();
		};
		const notice = (what: string, rate: string, prices: string) => [
			`${what} costs about ${rate} per second of video: ${prices}`,
		];
		expect(await notices('Standard', false)).toEqual(
			notice('Standard', '$0.21', '$0.63 for 3 s, $1.05 for 5 s, $3.15 for 15 s'),
		);
		expect(await notices('Standard', true)).toEqual(
			notice('Standard with audio', '$0.28', '$0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s'),
		);
		expect(await notices('Pro', true)).toEqual(
			notice('Pro with audio', '$0.35', '$1.05 for 3 s, $1.75 for 5 s, $5.25 for 15 s'),
		);
		expect(await notices('Pro', false)).toEqual(
			notice('Pro', '$0.28', '$0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s'),
		);
	});

	it('each operation shows those that apply to it', async () => {
		const shown = async (operation?: string, resource = 'Video') => {
			await panel.choose('resource', resource);
			if (operation) await panel.choose('operation', operation);
			return (await panel.labels()).slice(2);
		};
		expect(await shown('Start')).toEqual(['Model', ...REQUEST, 'Options']);
		expect(await shown('Get')).toEqual([
			'Request ID',
			'Wait for Completion',
			'Download Video',
			'Options',
		]);
		expect(await shown('Estimate Cost')).toEqual(['Model', ...PRICE]);
		expect(await shown('Generate')).toEqual(['Model', ...REQUEST, 'Download Video', 'Options']);
		expect(await shown(undefined, 'Asset')).toEqual(['Input Data Field Name']);
		expect(await shown(undefined, 'Account')).toEqual([]);
	});
});

describe('the fields', () => {
	it('filled by hand, each kind of field arrives at Segmind as it was filled', async () => {
		const { imageUrl } = stage;
		const endImage = imageUrl.replace('mountain.jpg', 'moon.png');
		const { id, panel } = await open();
		await panel.fill('imageUrl', imageUrl);
		await panel.fill('prompt', 'Rain "falls"\non the lake');
		await panel.choose('duration', '7');
		await panel.choose('mode', 'Standard');
		await panel.turn('generateAudio', true);
		await panel.choose('endImageSource', 'URL');
		await panel.fill('endImageUrl', endImage);
		await panel.turn('downloadVideo', false);
		await panel.addOption('Extra Body Fields');
		await panel.fillJson('extraBody', '{ "seed": 7 }');
		await panel.addOption('Shot Type');
		await panel.choose('shotType', 'Intelligence');
		await panel.addOption('Max Wait (Minutes)');
		await panel.fill('maxWait', '3');
		// The model does not know the extra field; here only its way there is looked at.
		stage.sandbox.set({ unknownFields: 'ignore' });
		const output = await panel.execute();
		stage.sandbox.set({ unknownFields: 'fail' });

		expect(stage.jobs().at(-1)!.body).toEqual({
			image_url: imageUrl,
			prompt: 'Rain "falls"\non the lake',
			duration: '7',
			mode: 'std',
			generate_audio: true,
			end_image_url: endImage,
			shot_type: 'intelligence',
			seed: 7,
		});
		expect(await stage.saved(id)).toMatchObject({
			downloadVideo: false,
			options: { extraBody: '{ "seed": 7 }', maxWait: 3, shotType: 'intelligence' },
		});
		expect(await output.has('error')).toBe(false);
		expect(await output.has('binary')).toBe(false);
		expect(await output.text()).toContain('Segmind charged $1.96 for 1 video');
	});

	it('segments are added, removed and dragged, and arrive in the order that is seen', async () => {
		const { id, panel } = await open({
			operation: 'start',
			imageUrl: stage.imageUrl,
			prompt: 'Lake',
		});
		const segments = panel.collection('multiPrompt');
		const segment = (text: string, seconds: number) => ({ prompt: text, duration: `${seconds}` });
		await panel.choose('shotMode', 'Multiple');
		await segments.fill(0, segment('The camera glides low over the water', 3));
		await segments.add(segment('Birds', 1));
		await segments.add(segment('Clouds drift past the summit', 4));
		await segments.add(segment('The valley lies below', 2));
		await segments.remove(1);
		await segments.move(2, 0);
		await segments.move(1, 2);
		const order = [
			['The valley lies below', 2],
			['Clouds drift past the summit', 4],
			['The camera glides low over the water', 3],
		];
		expect(await segments.values('prompt')).toEqual(order.map(([prompt]) => prompt));
		await panel.scrollTo('shotMode');
		await picture('panel-storyboard', await panel.fields());
		await panel.execute();

		expect(stage.jobs().at(-1)!.body).toMatchObject({
			duration: '9',
			multi_prompt: order.map(([prompt, duration]) => ({ prompt, duration: String(duration) })),
		});
		const { multiPrompt } = (await stage.saved(id)) as { multiPrompt: { segments: object[] } };
		expect(multiPrompt.segments).toMatchObject(order.map(([prompt]) => ({ prompt })));
	});
});

describe('the models', () => {
	/** Of 3, 5 and 15 seconds. */
	const costs = (label: string, rate: string, [three, five, fifteen]: string[]) =>
		`${label} costs about ${rate} per second of video: ${three} for 3 s, ${five} for 5 s, ${fifteen} for 15 s`;
	const ofInput = (label: string, rate: string, most: string) =>
		`${label} costs about ${rate} per second of the input video: at most ${most} for 15 s`;
	const WITHOUT_VIDEO = [
		costs('Pro', '$0.28', ['$0.84', '$1.40', '$4.20']),
		costs('Standard', '$0.21', ['$0.63', '$1.05', '$3.15']),
	];
	const PRICES: Record<string, string[]> = {
		'Image to Video': WITHOUT_VIDEO,
		'Text to Video': WITHOUT_VIDEO,
		'Video to Video: Reference': [
			costs('Pro', '$0.42', ['$1.26', '$2.10', '$6.30']),
			costs('Standard', '$0.315', ['$0.945', '$1.575', '$4.725']),
		],
		'Video to Video: Edit': [
			ofInput('Pro', '$0.42', '$6.30'),
			ofInput('Standard', '$0.315', '$4.725'),
		],
	};
	let panel: Panel;
	beforeAll(async () => {
		panel = (await open()).panel;
	});

	it.each(Object.entries(FIELDS))(
		'%s shows its own fields, and its price',
		async (label, fields) => {
			await panel.choose('operation', 'Generate');
			await panel.choose('model', label);
			const rest = ['Download Video', 'Options'];
			expect((await panel.labels()).slice(3)).toEqual([...fields.request, ...rest]);
			for (const [index, mode] of ['Pro', 'Standard'].entries()) {
				await panel.choose('mode', mode);
				expect(await panel.notices()).toEqual([PRICES[label][index]]);
			}
			await picture(`panel-${label.replace(/\W+/g, '-').toLowerCase()}`, await panel.fields());
			await panel.choose('operation', 'Estimate Cost');
			expect((await panel.labels()).slice(3)).toEqual(fields.price);
			expect(await panel.notices()).toEqual([PRICES[label][1]]);
		},
	);

	it('what one of them had is gone with it, and comes back with it', async () => {
		await panel.choose('operation', 'Generate');
		await panel.choose('model', 'Text to Video');
		await panel.choose('aspectRatio', 'Portrait (9:16)');
		await panel.choose('model', 'Image to Video');
		expect(await panel.labels()).not.toContain('Aspect Ratio');
		await panel.choose('model', 'Text to Video');
		expect(await panel.labels()).toContain('Aspect Ratio');
	});

	it('what does not go together is said before the button is pressed', async () => {
		const opened = await open({ imageUrl: stage.imageUrl, prompt: 'Lake', operation: 'start' });
		await opened.panel.choose('shotMode', 'Multiple');
		await opened.panel.choose('endImageSource', 'URL');
		expect(await opened.panel.notices()).toContain(
			'Kling does not support an end image together with multiple shots',
		);
		await opened.panel.addOption('Shot Type');
		await opened.panel.choose('shotType', 'Intelligence');
		expect(await opened.panel.notices()).toContain(
			'Segments belong to Shot Type Customize; with Intelligence, Kling cuts the shots itself',
		);
	});

	it('Text to Video, filled by hand: one job of this model, and no image', async () => {
		const { id, panel: text } = await open();
		await text.choose('model', 'Text to Video');
		await text.fill('prompt', 'A paper boat');
		await text.choose('duration', '3');
		await text.choose('aspectRatio', 'Portrait (9:16)');
		await text.fill('negativePrompt', 'people');
		await text.addOption('CFG Scale');
		await text.fill('cfgScale', '0.75');
		const output = await text.execute();
		const { model, body } = stage.jobs().at(-1)!;
		expect({ model, body }).toEqual({
			model: 'kling-o3-text2video',
			body: {
				...{ prompt: 'A paper boat', duration: '3', aspect_ratio: '9:16', mode: 'pro' },
				...{ generate_audio: false, negative_prompt: 'people', cfg_scale: 0.75 },
				shot_type: 'customize',
			},
		});
		expect(await stage.saved(id)).toMatchObject({ model, aspectRatio: '9:16' });
		expect((await output.playVideo(0.5)).duration).toBeCloseTo(3, 0);
	});

	it('Reference, filled by hand: elements are added, removed and dragged; images are a list', async () => {
		const { imageUrl, videoUrl } = stage;
		const [moon, rings] = ['moon.png', 'rings.webp'].map((name) =>
			imageUrl.replace('mountain.jpg', name),
		);
		const { panel: reference } = await open({ operation: 'start' });
		await reference.choose('model', 'Video to Video: Reference');
		await reference.fill('videoUrl', videoUrl);
		await reference.fill('prompt', '@Element1 meets @Element2');
		await reference.choose('duration', '3');
		await reference.choose('aspectRatio', 'Square (1:1)');
		await reference.turn('keepAudio', false);
		const elements = reference.collection('elements');
		await elements.add({ frontalImageUrl: moon, referenceImageUrls: `${rings}, ${imageUrl}` });
		await elements.add({ frontalImageUrl: `${moon}?gone` });
		await elements.add({ frontalImageUrl: rings });
		await elements.remove(1);
		await elements.move(1, 0);
		expect(await elements.values('frontalImageUrl')).toEqual([rings, moon]);
		await reference.fill('referenceImageUrls', imageUrl);
		await reference.execute();
		const { model, body } = stage.jobs().at(-1)!;
		expect({ model, body }).toEqual({
			model: 'kling-o3-video2video-reference',
			body: {
				...{ video_url: videoUrl, prompt: '@Element1 meets @Element2', duration: '3' },
				...{ aspect_ratio: '1:1', mode: 'pro', keep_audio: false, image_urls: [imageUrl] },
				shot_type: 'customize',
				elements: [
					{ frontal_image_url: rings },
					{ frontal_image_url: moon, reference_image_urls: [rings, imageUrl] },
				],
			},
		});
	});

	it('Edit, of a file: the price on the canvas is "at most", the bill is that of the file', async () => {
		const { sandbox, credential } = stage;
		const before = sandbox.account(credential.apiKey).uploads.length;
		await stage.show(
			withFilm({
				...{ model: 'kling-o3-video2video-edit', videoSource: 'binary', mode: 'std' },
				prompt: 'It becomes night',
			}),
		);
		expect(await stage.editor.node(NODE).texts()).toContain('generate: video, at most $4.725');
		const edit = await stage.editor.openNode(NODE);
		const output = await edit.execute();
		// demo/assets/lake.mp4 is 3.25 s long.
		expect(await output.text()).toMatch(/Segmind charged \$0\.945 for 1 video/);
		expect((await output.playVideo(0.5)).duration).toBeCloseTo(3.25, 0);
		const [{ url }, ...others] = sandbox.account(credential.apiKey).uploads.slice(before);
		expect(others).toEqual([]);
		expect(stage.jobs().at(-1)).toMatchObject({ cost: 0.945, body: { video_url: url } });
	});
});

describe('a long run', () => {
	const many = (count: number, options: object = {}) =>
		withItems(count, { imageUrl: stage.imageUrl, prompt: PROMPT, options });
	const PARK = expect.stringContaining('With the option Park While Waiting, n8n keeps it in its');

	it('of many items: a hint names Park While Waiting, until it is turned on', async () => {
		await stage.show(many(12));
		const panel = await stage.editor.openNode(NODE);
		expect(await panel.hints()).toEqual([]);
		await panel.executePrevious();
		expect(await panel.hints()).toEqual([PARK]);
		await picture('hint-park', await panel.fieldsAndOutput());
		await panel.addOption('Park While Waiting');
		await panel.turn('survivesRestarts', true);
		expect(await panel.hints()).toEqual([]);
	});

	it('of few items at a time: the same hint', async () => {
		await stage.show(many(3));
		const panel = await stage.editor.openNode(NODE);
		await panel.executePrevious();
		expect(await panel.hints()).toEqual([]);
		await panel.addOption('Concurrency');
		await panel.fill('concurrency', '2');
		expect(await panel.hints()).toEqual([PARK]);
		await panel.fill('concurrency', '3');
		expect(await panel.hints()).toEqual([]);
	});

	it('before the items are there, Concurrency alone brings it', async () => {
		await stage.show(many(3, { concurrency: 3 }));
		expect(await (await stage.editor.openNode(NODE)).hints()).toEqual([PARK]);
	});
});

describe('a video of a picture', () => {
	it('the subtitle says the price before the button is pressed', async () => {
		await stage.show(withPicture({ prompt: PROMPT }));
		expect(await stage.editor.node(NODE).texts()).toContain('generate: video, about $1.75');
		await picture('canvas', await stage.editor.nodes());
	});

	it('plays in the output, with what it cost; the console told how it came along', async () => {
		await stage.show(withPicture({ prompt: PROMPT }));
		const panel = await stage.editor.openNode(NODE);
		await picture('panel-generate', await panel.fields());
		const said = stage.editor.messages.length;
		const output = await panel.execute();
		expect(await output.text()).toMatch(
			/Segmind charged \$1\.75 for 1 video, \$[\d.]+ of credits left/,
		);
		const film = await output.playVideo(1);
		await picture('output-video', await panel.fieldsAndOutput());
		expect(film.at).toBeGreaterThanOrEqual(1);
		expect(film.duration).toBeCloseTo(5, 0);

		const { requestId } = stage.jobs().at(-1)!;
		const progress = stage.editor.messages.slice(said);
		expect(progress[0]).toBe(
			`[Node: "${NODE}"] Segmind accepted the video (requestId ${requestId}, item 0)`,
		);
		expect(progress.at(-2)).toMatch(
			new RegExp(`${requestId}, status COMPLETED, elapsedSeconds [1-9]`),
		);
		expect(progress.at(-1)).toBe(
			`[Node: "${NODE}"] Downloading the video (requestId ${requestId})`,
		);
	});

	it('is filmed for the README, from the click to the end of the video', async () => {
		await stage.show(withPicture({ prompt: PROMPT }));
		const panel = await stage.editor.openNode(NODE);
		const film = new Film(stage.editor.window, await panel.fieldsAndOutput());
		await film.shoot(1.5);
		const output = await film.during(panel.execute(), 0.4);
		await film.shoot(1.5);
		// A quarter of a second is how often a browser says where the video is.
		for (let second = 0.25; second < 5; second += 0.25) {
			await output.playVideo(second);
			await film.shoot(0.25);
		}
		await film.shoot(1.5);
		const file = join(SHOTS, 'demo.gif');
		await film.save(file);
		expect(statSync(file).size).toBeLessThan(MAX_FILM_BYTES);
		const count = ['-count_frames', '-show_entries', 'stream=nb_read_frames'];
		expect(Number(await ffprobe([...count, '-of', 'csv=p=0', file]))).toBeGreaterThan(20);
	});

	it('may end with the same file: it is uploaded once', async () => {
		const { sandbox, credential } = stage;
		const uploads = () => sandbox.account(credential.apiKey).uploads;
		const before = uploads().length;
		const id = await stage.show(withPicture({ operation: 'start' }));
		const panel = await stage.editor.openNode(NODE);
		await panel.choose('endImageSource', 'Binary File');
		await panel.fill('endImageBinaryField', 'data');
		await panel.execute();
		const [{ url }, ...others] = uploads().slice(before);
		expect(others).toEqual([]);
		expect(stage.jobs().at(-1)!.body).toMatchObject({ image_url: url, end_image_url: url });
		expect(await stage.saved(id)).toMatchObject({ endImageBinaryField: 'data' });
	});
});

describe('an error', () => {
	const order = () => ({ imageUrl: stage.imageUrl, prompt: PROMPT, duration: '3', mode: 'std' });

	it('without credits it says so, and that nothing was billed', async () => {
		stage.sandbox.inject({
			stage: 'submit',
			fault: { kind: 'respond', status: 406, body: { error: 'Insufficient credits' } },
		});
		const { panel } = await open(order());
		const output = await panel.execute();
		expect(await output.has('error')).toBe(true);
		expect(await output.text()).toMatch(
			/Not enough Segmind credits[^]*Add credits[^]*Nothing was billed/,
		);
	});

	it('a paid video whose download breaks forever: the request ID, the URL to open, what not to do', async () => {
		stage.sandbox.inject({
			stage: 'download',
			times: 0,
			fault: { kind: 'cut', afterBytes: 1000 },
		});
		// The video is made at once, and its download given up 20 s after the submit.
		stage.sandbox.set({ jobSeconds: 0.1 });
		const { panel } = await open({ ...order(), options: { maxWait: 1 / 3 } });
		const output = await panel.execute();
		const text = await output.text();
		const { requestId, videoUrl } = stage.jobs().at(-1)!;
		expect(text).toContain('finished and paid');
		expect(text).toContain(requestId);
		expect(text).toContain(`Do not generate it again: open ${videoUrl}`);
		expect(text).toContain('Retry in the executions list downloads the file without paying again');
		await picture('error', await output.area());
	});
});

describe('the request ID of Get', () => {
	const past = async (prompt: string) =>
		await stage.sandbox.addPast(stage.credential.apiKey, {
			createdAt: Date.now() - 60_000,
			cost: 0.63,
			prompt,
		});
	const get = (requestId: unknown) => ({ operation: 'get', requestId, downloadVideo: false });

	it('is found in the list by words of the prompt, and fetched', async () => {
		await past('Nothing but fog');
		const requestId = await past('A heron lands on the lake');
		const { id, panel } = await open(get({ __rl: true, mode: 'list', value: '' }));
		const field = panel.resourceLocator('requestId');
		expect((await field.open()).length).toBeGreaterThan(1);
		const line = /^\d{1,2} \w{3} \d\d:\d\d · completed · \$0\.63 · A heron lands on the lake$/;
		expect(await field.search('heron')).toEqual([expect.stringMatching(line)]);
		await picture('get-list', await panel.fields());
		await field.choose('heron');
		expect(await field.value()).toMatch(line);
		const output = await panel.execute();
		expect(await output.has('error')).toBe(false);
		expect(await stage.saved(id)).toMatchObject({
			requestId: { __rl: true, mode: 'list', value: requestId },
		});
	});

	it('that was saved as plain text is shown, and runs', async () => {
		const requestId = await past('As before');
		const { panel } = await open(get(requestId));
		expect(await panel.resourceLocator('requestId').value()).toBe(requestId);
		const output = await panel.execute();
		expect(await output.text()).toContain(requestId);
	});

	it('that was saved as plain text can be chosen from the list from then on', async () => {
		const [before, after] = [await past('Before'), await past('After')];
		const { id, panel } = await open(get(before));
		const field = panel.resourceLocator('requestId');
		await field.chooseMode('By ID');
		expect(await field.value()).toBe(before);
		// n8n has its own names for the usual modes.
		await field.chooseMode('From list');
		await field.open();
		await field.choose('After');
		const output = await panel.execute();
		expect(await output.text()).toContain(after);
		expect(await stage.saved(id)).toMatchObject({ requestId: { mode: 'list', value: after } });
	});

	it('says what to do in place of a list that cannot be loaded', async () => {
		stage.sandbox.set({ historyAvailable: false });
		const { panel } = await open(get({ __rl: true, mode: 'list', value: '' }));
		const error = await panel.resourceLocator('requestId').error();
		stage.sandbox.set({ historyAvailable: true });
		// The browser tells of the refusal, too.
		expect(stage.editor.problems.splice(0)).toEqual([expect.stringContaining('status of 500')]);
		expect(error).toMatch(/could not be read[^]*Choose By ID[^]*Check the History URL/);
		await picture('get-list-error', await panel.fields());
	});
});

it('the browser reported no error of its own', () => {
	expect(stage.editor.problems).toEqual([]);
});
