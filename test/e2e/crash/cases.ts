/** The workflows whose executions do not deliver what they have paid. Each has an account of its own. */
import type { N8nVersion } from '../../../harness/install';
import type { Credential, Workflow, WorkflowNode } from '../../../harness/run/n8n';
import type { Sandbox } from '../../../sandbox';
import { nodeOf, readExample } from '../support/examples';
import { toolResults, type ModelRequest, type Turn } from '../support/languageModel';
import { Case } from '../support/undelivered';
import { KLING } from '../support/workflow';

/** The shortest wait that n8n keeps in its database. */
export const WAIT_SECONDS = 65;

/** The newest AI Agent node of each n8n. */
const AGENT: Record<N8nVersion, number> = { '1.100.1': 2, '2.41.1': 3.1 };
const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const MODEL = { id: 'case-model', name: 'Model' };

const link = (to: string, type = 'main') => ({ [type]: [[{ node: to, type, index: 0 }]] });

function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: WorkflowNode['parameters'] = {},
): WorkflowNode {
	return { id: name.toLowerCase(), name, type, typeVersion, position: [600, 0], parameters };
}

/** Another node comes after ours. */
function withLater(saveExecutionProgress: boolean) {
	return (workflow: Workflow): Workflow => {
		const { imageUrl } = nodeOf(workflow, 'Kling').parameters;
		const url = `${String(imageUrl)}?later`;
		const later = node('Later', 'n8n-nodes-base.httpRequest', 4.2, { url, options: {} });
		return {
			...workflow,
			nodes: [...workflow.nodes, later],
			connections: { ...workflow.connections, Kling: link('Later') },
			settings: { ...workflow.settings, saveExecutionProgress },
		};
	};
}

/** The image comes as a file, which our node uploads. */
function withFile(workflow: Workflow): Workflow {
	const { imageUrl, ...rest } = nodeOf(workflow, 'Kling').parameters;
	const file = node('File', 'n8n-nodes-base.httpRequest', 4.2, {
		url: imageUrl,
		options: { response: { response: { responseFormat: 'file' } } },
	});
	const prompt = "={{ $('Items').item.json.motion }}";
	const nodes = workflow.nodes.map((one) =>
		one.name === 'Kling' ? { ...one, parameters: { ...rest, prompt, imageSource: 'binary' } } : one,
	);
	return {
		...workflow,
		nodes: [...nodes, file],
		connections: { ...workflow.connections, Items: link('File'), File: link('Kling') },
	};
}

function startedByHand(workflow: Workflow): Workflow {
	const hand = node('Hand', 'n8n-nodes-base.manualTrigger', 1);
	const nodes = [hand, nodeOf(workflow, 'Kling')];
	return { ...workflow, active: false, nodes, connections: { Hand: link('Kling') } };
}

/** The example, but quicker, with the case's credential. */
function startWaitGet(workflow: Workflow): Workflow {
	const example = readExample('start-wait-get.json', { imageUrl: '', videoUrl: '' }, true);
	Object.assign(nodeOf(example, 'Wait').parameters, { amount: WAIT_SECONDS, unit: 'seconds' });
	const { credentials } = nodeOf(workflow, 'Kling');
	const nodes = example.nodes.map((one) => (one.type === KLING ? { ...one, credentials } : one));
	return { ...example, nodes };
}

/** An agent, whose tool our node is, in the place of our node. */
function withAgent(version: N8nVersion, saveExecutionProgress = false) {
	return (workflow: Workflow): Workflow => {
		const agent = node('Agent', `${LANGCHAIN}.agent`, AGENT[version], {
			promptType: 'define',
			text: '={{ $json.motion }}',
			options: {},
		});
		const model = node('Model', `${LANGCHAIN}.lmChatOpenAi`, 1.2, {
			model: { __rl: true, mode: 'id', value: 'stand-in' },
			options: {},
		});
		const kling = nodeOf(workflow, 'Kling');
		const tool: WorkflowNode = {
			...kling,
			type: `${KLING}Tool`,
			parameters: {
				...kling.parameters,
				descriptionType: 'manual',
				toolDescription: 'Makes a video',
				prompt: "={{ $fromAI('Prompt', ``, 'string') }}",
			},
		};
		const others = workflow.nodes.filter(({ name }) => name !== 'Kling');
		return {
			...workflow,
			nodes: [...others, agent, { ...model, credentials: { openAiApi: MODEL } }, tool],
			connections: {
				...workflow.connections,
				Items: link('Agent'),
				Model: link('Agent', 'ai_languageModel'),
				Kling: link('Agent', 'ai_tool'),
			},
			settings: { ...workflow.settings, saveExecutionProgress },
		};
	};
}

/** @param url of a stand-in for the language model */
export const modelCredential = (url: string): Credential => ({
	...MODEL,
	type: 'openAiApi',
	data: { apiKey: 'example-dummy-key-of-nobody', url },
});

/** Orders what it is asked for, once, and tells what came. */
export function orderOnce(request: ModelRequest): Turn {
	const [result] = toolResults(request);
	if (result) return { answer: `Here it is: ${result}` };
	return { tool: 'Kling', call: { Prompt: promptOf(request) } };
}

/** What the agent is asked for. */
export function promptOf({ messages }: ModelRequest): string {
	return String(messages.find(({ role }) => role === 'user')?.content);
}

export function casesOf(sandbox: Sandbox, version: N8nVersion) {
	const one = { videos: 1 };
	const agent = { ...one, change: withAgent(version), output: 'Agent' };
	return {
		// While n8n runs:
		failed: new Case('failed', sandbox),
		failedRetriedTwice: new Case('failed-retried-twice', sandbox),
		parentFailed: new Case('parent-failed', sandbox, { inSubWorkflow: true }),
		stopped: new Case('stopped', sandbox),
		stoppedSubmitting: new Case('stopped-submitting', sandbox, one),
		succeeded: new Case('succeeded', sandbox, one),
		// When it is killed:
		submittingRetried: new Case('submitting-retried', sandbox),
		submittingRepeated: new Case('submitting-repeated', sandbox),
		waitingRetried: new Case('waiting-retried', sandbox),
		waitingRepeated: new Case('waiting-repeated', sandbox),
		downloadingRetried: new Case('downloading-retried', sandbox),
		downloadingRepeated: new Case('downloading-repeated', sandbox),
		retriedTwice: new Case('retried-twice', sandbox),
		parent: new Case('parent', sandbox, { inSubWorkflow: true }),
		twins: new Case('twins', sandbox, one),
		uploaded: new Case('uploaded', sandbox, { change: withFile }),
		byHand: new Case('by-hand', sandbox, {
			...one,
			parameters: { prompt: 'by-hand, take 1' },
			change: startedByHand,
		}),
		// What the history does not tell:
		withoutHistory: new Case('without-history', sandbox, { history: false }),
		unreadable: new Case('unreadable', sandbox),
		neverArrived: new Case('never-arrived', sandbox, one),
		// Start → Wait → Get:
		start: new Case('start', sandbox, { parameters: { operation: 'start' } }),
		get: new Case('get', sandbox, { ...one, change: startWaitGet, output: 'Get Video' }),
		// In a later node:
		progressLost: new Case('progress-lost', sandbox, { ...one, change: withLater(false) }),
		progressSaved: new Case('progress-saved', sandbox, { ...one, change: withLater(true) }),
		// A tool of an agent:
		agentCalling: new Case('agent-calling', sandbox, agent),
		agentThinking: new Case('agent-thinking', sandbox, agent),
		agentSaved: new Case('agent-saved', sandbox, { ...agent, change: withAgent(version, true) }),
		// When it is killed a second time:
		waitingAgain: new Case('waiting-again', sandbox),
		looking: new Case('looking', sandbox),
	};
}

export type Cases = ReturnType<typeof casesOf>;
export type Name = keyof Cases;
