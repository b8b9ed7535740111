import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';

import { refuse } from '../answer';
import { sandboxApi } from '../api';
import type { Service } from '../service';
import { ACCOUNT, PAST_JOB, RULE, SETTINGS } from '../tables';
import { page } from './page';

const KEY = { params: Type.Object({ key: Type.String() }) };
const REQUEST_ID = { params: Type.Object({ requestId: Type.String() }) };

/** How long a caller may wait for a change, milliseconds. */
const LONG_POLL_MS = 25_000;

/** The sandbox's own interface over HTTP: the same verbs as in-process, and a page to look at. */
export function inspectRoutes(plain: FastifyInstance, service: Service): void {
	const app = plain.withTypeProvider<TypeBoxTypeProvider>();
	const api = sandboxApi(service);
	const { accounts, changes, jobs, settings } = service;
	const known = (found: unknown, what: string) => {
		if (!found) throw refuse(404, `No such ${what}`);
	};
	const free = (found: unknown, what: string) => {
		if (found) throw refuse(409, `The ${what} is taken`);
	};

	app.get('/_sandbox', async (_request, reply) => {
		await reply.type('text/html; charset=utf-8').send(page(service));
	});
	app.get('/_sandbox/health', async () => ({ status: 'ok', urls: service.urls }));
	app.get('/_sandbox/settings', async () => settings);
	app.get('/_sandbox/requests', async () => api.requests());
	app.get('/_sandbox/accounts', async () =>
		[...accounts.values()].map(({ key }) => api.account(key)),
	);
	app.get('/_sandbox/accounts/:key', { schema: KEY }, async ({ params: { key } }) => {
		known(accounts.get(key), 'account');
		return api.account(key);
	});
	const CHANGES = { querystring: Type.Object({ after: Type.Optional(Type.String()) }) };
	app.get('/_sandbox/changes', { schema: CHANGES }, async ({ query: { after = -1 } }) => ({
		version: await changes.after(Number(after), LONG_POLL_MS),
	}));
	app.post('/_sandbox/accounts', { schema: { body: Type.Partial(ACCOUNT) } }, async ({ body }) => {
		free(accounts.get(body.key), 'key');
		return api.createAccount(body);
	});
	const PAST = { ...KEY, body: PAST_JOB };
	app.post('/_sandbox/accounts/:key/past', { schema: PAST }, async ({ params, body }) => {
		known(accounts.get(params.key), 'account');
		free(jobs.find(body.requestId), 'request ID');
		return { requestId: await api.addPast(params.key, body) };
	});
	const RULES = { body: Type.Union([RULE, Type.Array(RULE)]) };
	app.post('/_sandbox/faults', { schema: RULES }, async ({ body }) => {
		const rules = [body].flat();
		api.inject(...rules);
		return { added: rules.length };
	});
	app.delete('/_sandbox/faults', async () => {
		api.clearFaults();
		return { cleared: true };
	});
	app.post('/_sandbox/settings', { schema: { body: Type.Partial(SETTINGS) } }, async ({ body }) => {
		api.set(body);
		return settings;
	});
	app.post('/_sandbox/expire/:requestId', { schema: REQUEST_ID }, async ({ params }) => {
		known(jobs.find(params.requestId), 'request');
		api.expire(params.requestId);
		return { expired: params.requestId };
	});
}
