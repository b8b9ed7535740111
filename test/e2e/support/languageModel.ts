import Fastify from 'fastify';

interface Message {
	role: string;
	content: unknown;
}

export interface ModelRequest {
	messages: Message[];
	tools?: Array<{
		function: { name: string; description?: string; parameters: { properties: object } };
	}>;
}

/** What the model says next: a call of a tool, by its name, with these arguments, a final answer, or an error. */
export type Turn = { tool: string; call: object } | { answer: string } | { refusal: string };

export interface LanguageModel {
	/** For n8n's OpenAI credential. */
	url: string;
	requests: ModelRequest[];
	close(): Promise<void>;
}

/** The texts of tool results among the messages, oldest first. */
export function toolResults(request: ModelRequest): string[] {
	return request.messages
		.filter(({ role }) => role === 'tool')
		.map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
}

/**
 * A stand-in for a language model, with OpenAI's chat completions: which turn comes next is decided by
 * the test from what n8n's agent sends. No key, no network.
 */
export async function startLanguageModel(
	decide: (request: ModelRequest) => Turn | Promise<Turn>,
): Promise<LanguageModel> {
	const app = Fastify({ bodyLimit: 16 * 1024 * 1024, forceCloseConnections: true });
	const requests: ModelRequest[] = [];
	app.get('/v1/models', async () => ({
		object: 'list',
		data: [{ id: 'stand-in', object: 'model' }],
	}));
	app.post('/v1/chat/completions', async ({ body }, reply) => {
		const request = body as ModelRequest & { stream?: boolean };
		requests.push(request);
		const turn = await decide(request);
		if ('refusal' in turn) return await reply.code(400).send({ error: { message: turn.refusal } });
		const id = `call_${requests.length}`;
		const toolCalls =
			'call' in turn
				? [
						{
							index: 0,
							id,
							type: 'function',
							function: {
								name: turn.tool,
								arguments: JSON.stringify(turn.call),
							},
						},
					]
				: undefined;
		const message = {
			role: 'assistant',
			content: 'answer' in turn ? turn.answer : '',
			tool_calls: toolCalls,
		};
		const base = { id: `chat_${requests.length}`, created: 0, model: 'stand-in' };
		const finish = toolCalls ? 'tool_calls' : 'stop';
		if (!request.stream) {
			return {
				...base,
				object: 'chat.completion',
				choices: [{ index: 0, message, finish_reason: finish }],
				usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
			};
		}
		const chunk = (delta: object, reason: string | null) =>
			`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
		return await reply
			.type('text/event-stream')
			.send(`${chunk(message, null)}${chunk({}, finish)}data: [DONE]\n\n`);
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as { port: number };
	return { url: `http://127.0.0.1:${port}/v1`, requests, close: async () => await app.close() };
}
