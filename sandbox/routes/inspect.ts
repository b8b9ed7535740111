import type { FastifyInstance } from 'fastify';

import { sandboxApi } from '../api';
import type { Service } from '../service';
import {
	FAULT_KINDS,
	HISTORY_ENVELOPES,
	HISTORY_TIMESTAMPS,
	JOB_STATUSES,
	RESULT_SHAPES,
	STAGES,
	type AccountOptions,
	type FaultRule,
	type PastJob,
	type Settings,
} from '../types';
import { page } from './page';

const string = { type: 'string' };
const boolean = { type: 'boolean' };
const amount = { type: 'number', minimum: 0 };
const count = { type: 'integer', minimum: 0 };

const object = (properties: object, required: string[] = []) => ({
	type: 'object',
	additionalProperties: false,
	properties,
	required,
});

const ACCOUNT = object({
	key: string,
	credits: amount,
	freeCredits: amount,
	requestsPerMinute: count,
	hasBalanceRecord: boolean,
	mayUseModel: boolean,
});

/** For each setting what may be set. */
const SETTINGS: Record<keyof Settings, object> = {
	jobSeconds: amount,
	jobSpreadSeconds: amount,
	v1Response: { enum: ['video', 'json'] },
	v1RequestId: { enum: ['header', 'body', 'both'] },
	resultShape: { enum: RESULT_SHAPES },
	unfinishedResult: { enum: [200, 202, 400, 404] },
	failedWith: { enum: [422, 200] },
	unknownFields: { enum: ['fail', 'ignore'] },
	uploadResponse: { enum: ['file_urls', 'urls'] },
	rateLimitReset: { enum: ['iso', 'epoch-seconds'] },
	rateWindowSeconds: amount,
	rateWindowStart: { enum: ['first-request', 'clock'] },
	freshFileRefusals: count,
	freshFileStatus: { enum: [403, 404] },
	historyAvailable: boolean,
	historyLagSeconds: amount,
	historyEnvelope: { enum: HISTORY_ENVELOPES },
	historyTimestamp: { enum: HISTORY_TIMESTAMPS },
	historyRowsPerRequest: { type: 'integer', minimum: 1 },
	historyClockOffsetSeconds: { type: 'number' },
};

const PAST = object(
	{
		createdAt: amount,
		requestId: string,
		model: string,
		prompt: string,
		body: { type: 'object' },
		status: { enum: JOB_STATUSES },
		cost: amount,
		tookSeconds: amount,
		error: string,
		fileExpired: boolean,
	},
	['createdAt'],
);

const RULE = object(
	{
		stage: { enum: STAGES },
		key: string,
		match: object({
			prompt: string,
			requestId: string,
			path: string,
			status: { enum: JOB_STATUSES },
		}),
		times: count,
		skip: count,
		fault: { type: 'object', properties: { kind: { enum: FAULT_KINDS } }, required: ['kind'] },
	},
	['stage', 'fault'],
);
const RULES = { anyOf: [RULE, { type: 'array', items: RULE }] };

/** How long a caller may wait for a change, milliseconds. */
const LONG_POLL_MS = 25_000;

/** The sandbox's own interface over HTTP: the same verbs as in-process, and a page to look at. */
export function inspectRoutes(app: FastifyInstance, service: Service): void {
	const api = sandboxApi(service);

	app.get('/_sandbox', async (_request, reply) => {
		await reply.type('text/html; charset=utf-8').send(page(service));
	});
	app.get('/_sandbox/health', async () => ({ status: 'ok', urls: service.urls }));
	app.get('/_sandbox/settings', async () => service.settings);
	app.get('/_sandbox/requests', async () => api.requests());
	app.get('/_sandbox/accounts', async () =>
		service.accounts.all().map(({ key }) => api.account(key)),
	);
	app.get<{ Params: { key: string } }>('/_sandbox/accounts/:key', async (request, reply) =>
		service.accounts.find(request.params.key)
			? api.account(request.params.key)
			: await reply.code(404).send({ error: 'No such account' }),
	);
	app.get<{ Querystring: { after?: string } }>('/_sandbox/changes', async ({ query }) => ({
		version: await service.changes.after(Number(query.after ?? -1), LONG_POLL_MS),
	}));
	app.post<{ Body: AccountOptions }>(
		'/_sandbox/accounts',
		{ schema: { body: ACCOUNT } },
		async ({ body }, reply) =>
			service.accounts.find(body.key)
				? await reply.code(409).send({ error: 'The key is taken' })
				: api.createAccount(body),
	);
	app.post<{ Params: { key: string }; Body: PastJob }>(
		'/_sandbox/accounts/:key/past',
		{ schema: { body: PAST } },
		async ({ params, body }, reply) => {
			if (!service.accounts.find(params.key))
				return await reply.code(404).send({ error: 'No such account' });
			if (body.requestId !== undefined && service.jobs.find(body.requestId))
				return await reply.code(409).send({ error: 'The request ID is taken' });
			return { requestId: await api.addPast(params.key, body) };
		},
	);
	app.post<{ Body: FaultRule | FaultRule[] }>(
		'/_sandbox/faults',
		{ schema: { body: RULES } },
		async ({ body }) => {
			const rules = [body].flat();
			api.inject(...rules);
			return { added: rules.length };
		},
	);
	app.delete('/_sandbox/faults', async () => {
		api.clearFaults();
		return { cleared: true };
	});
	app.post<{ Body: Partial<Settings> }>(
		'/_sandbox/settings',
		{ schema: { body: object(SETTINGS) } },
		async ({ body }) => {
			api.set(body);
			return service.settings;
		},
	);
	app.post<{ Params: { requestId: string } }>(
		'/_sandbox/expire/:requestId',
		async ({ params }, reply) => {
			if (!service.jobs.find(params.requestId))
				return await reply.code(404).send({ error: 'No such request' });
			api.expire(params.requestId);
			return { expired: params.requestId };
		},
	);
}
