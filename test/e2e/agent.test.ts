/**
 * Our node as a tool of n8n's AI Agent. A stand-in takes the place of the language model: it calls the
 * tool, sees what the tool returns, and answers. What an agent sees of an error is its message alone.
 */
import { randomUUID } from 'node:crypto';

import { installN8n } from '../../harness/install';
import { startN8n, type N8n, type Workflow, type WorkflowNode } from '../../harness/n8n';
import { buildAndPack } from '../../harness/pack';
import { Cleanup } from './support/cleanup';
import {
	startLanguageModel,
	toolResults,
	type LanguageModel,
	type Turn,
	type ModelRequest,
} from './support/languageModel';
import { testService, type TestService } from './support/service';
import { KLING } from './support/workflow';

const cleanup = new Cleanup();
let service: TestService;
let model: LanguageModel;
let n8n: N8n;
let decide: (request: ModelRequest) => Turn;

function agentWorkflow(path: string): Workflow {
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		rest: Partial<WorkflowNode>,
	): WorkflowNode => ({
		id: randomUUID(),
		name,
		type,
		typeVersion,
		position: [0, 0],
		parameters: {},
		...rest,
	});
	const link = (to: string, type = 'main') => ({ [type]: [[{ node: to, type, index: 0 }]] });
	const fromAI = (key: string, description: string) =>
		`={{ $fromAI('${key}', '${description}', 'string') }}`;
	return {
		id: '',
		name: path,
		active: true,
		nodes: [
			node('Ask', 'n8n-nodes-base.webhook', 2, {
				webhookId: randomUUID(),
				parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
			}),
			node('Agent', '@n8n/n8n-nodes-langchain.agent', 3.1, {
				parameters: { promptType: 'define', text: '={{ $json.body.question }}', options: {} },
			}),
			node('Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.2, {
				parameters: {
					model: { __rl: true, mode: 'id', value: 'stand-in' },
					options: { maxRetries: 0 },
				},
				credentials: { openAiApi: { id: 'StandInModel0001', name: 'Stand-in' } },
			}),
			node('Make Video', `${KLING}Tool`, 1, {
				parameters: {
					imageUrl: fromAI('imageUrl', 'Web address of the image'),
					prompt: fromAI('prompt', 'The motion to create'),
					duration: '3',
					mode: 'std',
				},
				credentials: { segmindApi: { id: 'SegmindDemo00001', name: 'Segmind (demo)' } },
			}),
		],
		connections: {
			Ask: link('Agent'),
			Model: link('Agent', 'ai_languageModel'),
			'Make Video': link('Agent', 'ai_tool'),
		},
		settings: { executionOrder: 'v1' },
	};
}

beforeAll(async () => {
	service = await testService(1);
	cleanup.add(async () => await service.sandbox.close());
	model = await startLanguageModel((request) => decide(request));
	cleanup.add(async () => await model.close());
	n8n = await startN8n({
		installation: await installN8n('2.41.1'),
		userFolder: cleanup.temporaryFolder('kling-agent-'),
		tarball: await buildAndPack(),
		credentials: [
			service.credential,
			{
				id: 'StandInModel0001',
				name: 'Stand-in',
				type: 'openAiApi',
				data: { apiKey: 'example-dummy-key-of-nobody', url: model.url },
			},
		],
	});
	cleanup.add(async () => await n8n.stop());
	await n8n.api.setupOwner();
}, 300_000);
afterAll(async () => await cleanup.run(), 60_000);

async function ask(path: string): Promise<{ answer: string; seen: string[] }> {
	model.requests.length = 0;
	const workflow = await n8n.api.addWorkflow(agentWorkflow(path));
	await n8n.api.runWebhook(path, { data: { question: 'Make a video of this picture.' } });
	const execution = await n8n.api.waitForExecution(({ workflowId }) => workflowId === workflow.id);
	const [item] = execution.data.resultData.runData.Agent?.at(-1)?.data?.main[0] ?? [];
	return {
		answer: String(item?.json.output ?? execution.data.resultData.error?.message),
		seen: model.requests.length > 0 ? toolResults(model.requests.at(-1)!) : [],
	};
}

const order = () => ({ imageUrl: service.imageUrl, prompt: 'Clouds drift past the summit' });

it('the agent gets the URL of the video, without the file', async () => {
	decide = (request) => {
		const [result] = toolResults(request);
		return result ? { answer: `Here it is: ${result}` } : { call: order() };
	};
	const { answer, seen } = await ask('agent-video');
	const [job] = service.jobs();
	expect(answer).toContain(job.videoUrl);
	expect(seen[0]).toContain(job.requestId);
	expect(service.jobs()).toHaveLength(1);
	// What an agent cannot use is not downloaded.
	expect(service.sandbox.requests().filter(({ stage }) => stage === 'download')).toEqual([]);
	const tool = model.requests[0].tools![0].function;
	expect(Object.keys(tool.parameters.properties).sort()).toEqual(['imageUrl', 'prompt']);
}, 120_000);

it('an agent that tries again after a lost answer does not pay twice, and is told why', async () => {
	const before = service.jobs().length;
	service.sandbox.inject({ stage: 'submit', fault: { kind: 'reset', when: 'after' } });
	decide = (request) => {
		const results = toolResults(request);
		// As a model would: it tries once more with the same arguments.
		return results.length < 2 ? { call: order() } : { answer: results.join('\n') };
	};
	const { seen } = await ask('agent-lost-answer');
	expect(seen).toHaveLength(2);
	expect(seen[0]).toMatch(
		/unknown whether this video was submitted.*Do not simply generate it again/,
	);
	expect(seen[1]).toMatch(/an earlier try of this execution/);
	expect(service.jobs().length - before).toBe(1);
}, 120_000);

it('an agent that asks twice for the same video on purpose gets two', async () => {
	const before = service.jobs().length;
	decide = (request) => {
		const results = toolResults(request);
		return results.length < 2 ? { call: order() } : { answer: 'Two takes.' };
	};
	await ask('agent-two-takes');
	expect(service.jobs().length - before).toBe(2);
}, 120_000);
