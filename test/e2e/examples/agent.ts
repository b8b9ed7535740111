/**
 * The agent example. A stand-in takes the place of the language model: it calls the tools, sees what they
 * return, and answers. What an agent sees of an error is its message alone.
 */
import type { IDataObject } from 'n8n-workflow';

import { chat as chatWith, script } from '../support/chat';
import { nodeOf } from '../support/examples';
import type { Turn } from '../support/languageModel';
import { forbidReads, type Stage } from './stage';

const FILE = 'ai-agent-tool.json';

export function agentExample(stage: () => Stage): void {
	const chat = async (turns: Stage['decide'], workflow = stage().workflows.get(FILE)!) =>
		await chatWith(stage(), workflow, turns);

	/** As models write them: numbers and booleans as text, now and then. */
	const price = { Duration: 3, Mode: 'std', Generate_Audio: 'false' };
	const order = (Prompt = 'Clouds drift past the summit') => ({
		...price,
		Image_URL: stage().service.imageUrl,
		Prompt,
	});
	const generate = (): Turn => ({ tool: 'Generate_Video', call: order() });
	/** A video of its own: one that was not delivered is not paid again. */
	const generateOf = (prompt: string) => (): Turn => ({
		tool: 'Generate_Video',
		call: order(prompt),
	});
	const requestIdIn = (text: string) => /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)![0];

	it('agent: it knows the price, and gets the URL of the video without the file', async () => {
		const { jobsOf, service } = stage();
		const { result, jobs } = await jobsOf(
			async () =>
				await chat(
					script(
						() => ({ tool: 'Estimate_Cost', call: price }),
						generate,
						([, video]) => ({ answer: `Here it is: ${video}` }),
					),
				),
		);
		const [estimate, video] = result.seen;
		expect(JSON.parse(estimate)).toEqual([
			expect.objectContaining({ duration: 3, mode: 'std', audio: false, estimatedCost: 0.63 }),
		]);
		expect(JSON.parse(video)).toEqual([
			expect.objectContaining({
				requestId: jobs[0].requestId,
				status: 'COMPLETED',
				videoUrl: jobs[0].videoUrl,
				cost: 0.63,
				duration: 3,
			}),
		]);
		expect(jobs).toHaveLength(1);
		expect(result.answer).toContain(jobs[0].videoUrl);
		// What an agent cannot use is not downloaded.
		const ofJob = ({ stage: kind, path }: { stage: string; path: string }) =>
			kind === 'download' && jobs[0].videoUrl!.endsWith(path);
		expect(service.sandbox.requests().filter(ofJob)).toEqual([]);
	}, 60_000);

	it('agent: each tool says what it does, what it costs and what its parameters are', async () => {
		const { requests } = await chat(() => ({ answer: 'Hello.' }));
		const tools = Object.fromEntries(
			requests[0].tools!.map(({ function: { name, description, parameters } }) => [
				name,
				{ description, fields: Object.keys(parameters.properties).sort() },
			]),
		);
		const paid = ['Duration', 'Generate_Audio', 'Image_URL', 'Mode', 'Prompt'];
		expect(tools).toEqual({
			Estimate_Cost: {
				description: expect.stringMatching(/Free/),
				fields: ['Duration', 'Generate_Audio', 'Mode'],
			},
			Generate_Video: {
				description: expect.stringMatching(/Costs money.*four minutes.*do not call it again/),
				fields: paid,
			},
			Get_Video: { description: expect.stringMatching(/Free/), fields: ['Request_ID'] },
		});
	}, 60_000);

	it('agent: after an error it gets the video by the request ID that the error names, for one bill', async () => {
		const { jobsOf, service } = stage();
		// The job is accepted, then the account may not ask for it: waiting ends.
		forbidReads(service.sandbox);
		const { result, jobs } = await jobsOf(
			async () =>
				await chat(
					script(
						generate,
						([error]) => {
							service.sandbox.clearFaults();
							return { tool: 'Get_Video', call: { Request_ID: requestIdIn(error) } };
						},
						([, video]) => ({ answer: `Here it is: ${video}` }),
					),
				),
		);
		expect(jobs).toHaveLength(1);
		expect(jobs[0].billed).toBe(true);
		const [error, video] = result.seen;
		expect(error).toContain(jobs[0].requestId);
		expect(error).toMatch(/may be billed: do not generate it again/);
		expect(error).toMatch(/use the Get operation with this request ID/);
		expect(video).toContain(jobs[0].videoUrl);
	}, 60_000);

	it('agent: a video whose answer is lost is found again, for one bill', async () => {
		const { jobsOf, service } = stage();
		service.sandbox.inject({ stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const { result, jobs } = await jobsOf(
			async () => await chat(script(generateOf('Found again'), () => ({ answer: 'Here it is.' }))),
		);
		expect(result.seen[0]).toContain('COMPLETED');
		expect(jobs).toHaveLength(1);
	}, 60_000);

	it('agent: where it is not found, a try again is not paid twice, and the agent is told why', async () => {
		const { jobsOf, service } = stage();
		service.sandbox.set({ historyAvailable: false });
		service.sandbox.inject({ stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const lost = generateOf('Not found again');
		const { result, jobs } = await jobsOf(
			async () => await chat(script(lost, lost, () => ({ answer: 'Sorry.' }))),
		);
		service.sandbox.set({ historyAvailable: true });
		expect(result.seen[0]).toMatch(
			/unknown whether this video was submitted.*Before you generate it again/,
		);
		expect(result.seen[1]).toMatch(/unknown whether this video was submitted/);
		expect(jobs).toHaveLength(1);
	}, 60_000);

	it('agent: asked twice for the same video on purpose, it gets two', async () => {
		const { jobs } = await stage().jobsOf(async () => {
			const take = generateOf('Two takes of this');
			await chat(script(take, take, () => ({ answer: 'Two takes.' })));
		});
		expect(jobs).toHaveLength(2);
	}, 60_000);

	it('agent: a model that calls the tool forever is stopped', async () => {
		const { result, jobs } = await stage().jobsOf(
			async () => await chat(generateOf('Again and again')),
		);
		expect(result.answer).toMatch(/^Max iterations \(5\) reached/);
		expect(jobs).toHaveLength(5);
	}, 120_000);

	it('agent: a video above Max Cost Per Video is refused before anything is sent', async () => {
		const { result, jobs } = await stage().jobsOf(
			async () =>
				await chat(
					script(
						() => ({ tool: 'Generate_Video', call: { ...order(), Duration: 15 } }),
						() => ({ answer: 'Too expensive.' }),
					),
				),
		);
		expect(result.seen[0]).toMatch(/Max Cost Per Video/);
		expect(jobs).toEqual([]);
	}, 60_000);

	it('agent: it may look for a video, choose one by its ID, and know what was spent', async () => {
		const { n8n, service, workflows } = stage();
		const changed = structuredClone(workflows.get(FILE)!);
		// As the panel of today saves what "let the model decide" makes of it.
		nodeOf(changed, 'Get Video').parameters.requestId = {
			...{ __rl: true, mode: 'id' },
			value: "={{ $fromAI('Request_ID', ``, 'string') }}",
		};
		Object.assign(nodeOf(changed, 'Generate Video').parameters, {
			operation: 'getMany',
			returnAll: "={{ $fromAI('All', ``, 'boolean') }}",
			limit: "={{ $fromAI('Limit', ``, 'number') }}",
			filters: {
				status: "={{ $fromAI('Status', ``, 'string') }}",
				createdAfter: "={{ $fromAI('After', ``, 'string') }}",
			},
		});
		Object.assign(nodeOf(changed, 'Estimate Cost'), {
			credentials: nodeOf(changed, 'Get Video').credentials,
			parameters: {
				...nodeOf(changed, 'Estimate Cost').parameters,
				...{ resource: 'account', operation: 'getUsage' },
				from: "={{ $fromAI('From', ``, 'string') }}",
			},
		});
		const workflow = await n8n.api.addWorkflow(changed);
		const key = String(service.credential.data.apiKey);
		const createdAt = Date.now() - 60_000;
		await service.sandbox.addPast(key, { createdAt, status: 'FAILED' });
		const requestId = await service.sandbox.addPast(key, { createdAt, cost: 0.63 });
		const today = new Date(createdAt - 86_400_000).toISOString().slice(0, 10);
		const { result, jobs } = await stage().jobsOf(
			async () =>
				await chat(
					script(
						() => ({
							tool: 'Generate_Video',
							call: { All: 'true', Limit: 1, Status: 'completed', After: today },
						}),
						([videos]) => ({ tool: 'Get_Video', call: { Request_ID: requestIdIn(videos) } }),
						() => ({ tool: 'Estimate_Cost', call: { From: today } }),
						() => ({ answer: 'Found.' }),
					),
					workflow,
				),
		);
		const [videos, video, usage] = result.seen.map((text) => JSON.parse(text) as IDataObject[]);
		expect(videos.map((row) => row.requestId)).toContain(requestId);
		expect(videos.map((row) => row.status)).not.toContain('FAILED');
		expect(video).toEqual([expect.objectContaining({ requestId: videos[0].requestId })]);
		const billed = service.jobs().filter((job) => job.billed);
		const [{ count, failed, pending, currency }] = usage;
		const completed = Number(count) - Number(failed) - Number(pending);
		expect([completed, currency]).toEqual([billed.length, 'USD']);
		expect(jobs).toEqual([]);
	}, 60_000);

	it('agent: it may decide every parameter, a storyboard and an end image too', async () => {
		const { jobsOf, n8n, service, workflows } = stage();
		const changed = structuredClone(workflows.get(FILE)!);
		Object.assign(nodeOf(changed, 'Generate Video').parameters, {
			shotMode: "={{ $fromAI('Shots', ``, 'string') }}",
			multiPromptSource: 'json',
			multiPromptJson: "={{ $fromAI('Segments', ``, 'string') }}",
			endImageSource: "={{ $fromAI('End_Image', ``, 'string') }}",
			endImageUrl: "={{ $fromAI('End_Image_URL', ``, 'string') }}",
			options: { extraBody: "={{ $fromAI('Extra', ``, 'string') }}" },
		});
		const workflow = await n8n.api.addWorkflow(changed);
		const shots = [
			{ prompt: 'The lake', duration: '2' },
			{ prompt: 'The summit', duration: '2' },
		];
		const call = {
			...order(),
			Mode: 'pro',
			Generate_Audio: 'true',
			Shots: 'multi',
			Segments: JSON.stringify(shots),
			End_Image: 'url',
			End_Image_URL: service.imageUrl,
			Extra: '{"seed": 7}',
		};
		service.sandbox.set({ unknownFields: 'ignore' });
		const { jobs, result } = await jobsOf(
			async () =>
				await chat(
					script(
						() => ({ tool: 'Generate_Video', call }),
						() => ({ answer: 'Done.' }),
					),
					workflow,
				),
		);
		service.sandbox.set({ unknownFields: 'fail' });
		expect(result.seen[0]).toContain('COMPLETED');
		expect(jobs.map(({ body }) => body)).toEqual([
			expect.objectContaining({
				...{ duration: '4', mode: 'pro', generate_audio: true, multi_prompt: shots },
				...{ end_image_url: service.imageUrl, seed: 7 },
			}),
		]);
	}, 60_000);
}
