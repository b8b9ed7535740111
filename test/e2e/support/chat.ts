/** A chat with the agent of the example, in which a stand-in is the language model. */
import { randomUUID } from 'node:crypto';

import type { Execution } from '../../../harness/drive/api';
import type { Workflow } from '../../../harness/run/n8n';
import type { Stage } from '../examples/stage';
import { toolResults, type ModelRequest, type Turn } from './languageModel';
import { itemsOf } from './output';

/** Plays its turns one after the other; each may look at what the tools have returned so far. */
export const script =
	(...turns: Array<(results: string[]) => Turn>) =>
	(request: ModelRequest): Turn => {
		const results = toolResults(request);
		return turns[results.length](results);
	};

export interface Chat {
	execution: Execution;
	answer: string;
	/** What the model got from its tools. */
	seen: string[];
	requests: ModelRequest[];
}

/** Sends a message to the agent of this workflow. */
export async function chat(
	stage: Stage,
	workflow: Workflow,
	turns: Stage['decide'],
): Promise<Chat> {
	const { model, n8n } = stage;
	model.requests.length = 0;
	stage.decide = turns;
	const message = {
		sessionId: randomUUID(),
		action: 'sendMessage',
		chatInput: 'Make a video of this picture.',
	};
	const id = await n8n.api.runWorkflowManually(workflow.id, 'Chat', message);
	const execution = await n8n.api.waitForExecution(id);
	const [item] = itemsOf(execution, 'Video Agent');
	return {
		execution,
		answer: String(item?.json.output ?? execution.data.resultData.error?.message),
		seen: model.requests.length > 0 ? toolResults(model.requests.at(-1)!) : [],
		requests: [...model.requests],
	};
}
