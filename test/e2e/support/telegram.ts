import Fastify, { type FastifyRequest } from 'fastify';

import { Changes } from '../../../sandbox/changes';

/** What the bot sent into a chat. */
export interface Sent {
	method: 'sendMessage' | 'sendVideo';
	chat: number;
	/** ID of the message that it answers. */
	answers: number;
	/** The text, or the caption of a video. */
	text: string;
	video?: { name: string; type: string; bytes: Buffer };
}

export interface Telegram {
	/** For the field Base URL of n8n's Telegram credential. */
	url: string;
	/** Oldest first. */
	sent: Sent[];
	/** Resolves when n8n has registered the webhook of its trigger. */
	whenRegistered(): Promise<void>;
	/** Resolves when the bot has sent so many messages in all. */
	whenSent(count: number): Promise<void>;
	/**
	 * Somebody writes to the bot; Telegram calls the webhook.
	 * @returns ID of the message
	 * @throws when n8n does not take it
	 */
	write(chat: number, message: { text: string } | { photo: object[] }): Promise<number>;
	/** Whether videos are refused, as those over 50 MB are. */
	refuseVideos: boolean;
	close(): Promise<void>;
}

interface Webhook {
	url: string;
	secret_token: string;
	allowed_updates: string[];
}

const BODY_LIMIT_BYTES = 50 * 1024 * 1024;

/** Telegram refuses a whole message when its HTML has a character that should be an entity. */
const isBadHtml = (text: string) => /<(?!\/?[a-z])|&(?!(amp|lt|gt|quot);)/.test(text);

/**
 * A stand-in for Telegram's Bot API with one bot: its webhook, text messages, and videos as multipart uploads.
 * @param token of the bot; any other one is refused
 */
export async function startTelegram(token: string): Promise<Telegram> {
	const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
	app.addContentTypeParser(
		'multipart/form-data',
		{ parseAs: 'buffer' },
		async ({ headers }: FastifyRequest, body: Buffer) => {
			const type = String(headers['content-type']);
			return await new Response(body, { headers: { 'content-type': type } }).formData();
		},
	);
	const changed = new Changes();
	let webhook: Webhook | undefined;
	let messages = 0;

	type Fields = Record<string, unknown>;
	const refusal = (code: number, description: string) => ({
		ok: false,
		error_code: code,
		description,
	});
	const accept = (sent: Sent) => {
		telegram.sent.push(sent);
		changed.touch();
		return { ok: true, result: { message_id: ++messages, chat: { id: sent.chat } } };
	};
	const methods: Record<string, (body: unknown) => Promise<object> | object> = {
		getMe: () => ({ ok: true, result: { id: 1, is_bot: true, first_name: 'Stand-in' } }),
		getWebhookInfo: () => ({ ok: true, result: { url: webhook?.url ?? '' } }),
		setWebhook(body) {
			webhook = body as Webhook;
			changed.touch();
			return { ok: true, result: true };
		},
		deleteWebhook() {
			webhook = undefined;
			return { ok: true, result: true };
		},
		sendMessage(body) {
			const { chat_id, text, parse_mode, reply_to_message_id } = body as Fields;
			if (parse_mode !== 'HTML' || isBadHtml(String(text))) {
				return refusal(400, "Bad Request: can't parse entities");
			}
			return accept({
				...{ method: 'sendMessage', chat: Number(chat_id), answers: Number(reply_to_message_id) },
				text: String(text),
			});
		},
		async sendVideo(body) {
			if (telegram.refuseVideos) return refusal(413, 'Request Entity Too Large');
			const form = body as FormData;
			const file = form.get('video') as File;
			const bytes = Buffer.from(await file.arrayBuffer());
			return accept({
				...{ method: 'sendVideo', chat: Number(form.get('chat_id')) },
				...{ answers: Number(form.get('reply_to_message_id')), text: String(form.get('caption')) },
				video: { name: file.name, type: file.type, bytes },
			});
		},
	};
	app.post<{ Params: { bot: string; method: string } }>('/:bot/:method', async (request, reply) => {
		const { bot, method } = request.params;
		const answer =
			bot !== `bot${token}`
				? refusal(401, 'Unauthorized')
				: ((await methods[method]?.(request.body)) ?? refusal(404, 'Not Found'));
		return await reply.code((answer as { error_code?: number }).error_code ?? 200).send(answer);
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as { port: number };

	const telegram: Telegram = {
		url: `http://127.0.0.1:${port}`,
		sent: [],
		refuseVideos: false,
		whenRegistered: async () => await changed.until(() => webhook !== undefined),
		whenSent: async (count) => await changed.until(() => telegram.sent.length >= count),
		async write(chat, message) {
			if (!webhook?.allowed_updates.includes('message'))
				throw new Error('No webhook is registered.');
			const id = ++messages;
			const { status } = await fetch(webhook.url, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					'x-telegram-bot-api-secret-token': webhook.secret_token,
				},
				body: JSON.stringify({
					update_id: id,
					message: { message_id: id, chat: { id: chat, type: 'private' }, date: 0, ...message },
				}),
			});
			if (status !== 200) throw new Error(`n8n answered Telegram with ${status}.`);
			return id;
		},
		close: async () => await app.close(),
	};
	return telegram;
}
