/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

import Fastify, { type FastifyInstance } from 'fastify';

import { Refusal } from './answer';
import { sandboxApi } from './api';
import { GATEWAY } from './routes/gateway';
import { HISTORY } from './routes/history';
import { inspectRoutes } from './routes/inspect';
import { FILES, STORAGE } from './routes/storage';
import { mount } from './serve';
import { createService } from './service';
import { ORIGINS, type SandboxOptions } from './tables';
import { tlsOptions, watchTunnels } from './tls';

export type { RequestReport } from './log';
export type { AccountReport, JobReport } from './service';
export * from './tables';
export { TLS_CERTIFICATE } from './tls';

/** A data URL is a third longer than its file, and a video may have 200 MB. */
const BODY_LIMIT_BYTES = 300 * 1024 * 1024;
const DEFAULT_HOST = '127.0.0.1';
/** Interfaces one can listen on but not connect to. */
const WILDCARDS = ['0.0.0.0', '::'];

/** Bodies are judged as they came, and all that is wrong is said. What a `uri` is, the fetch of it tells. */
const AJV = {
	...{ removeAdditional: false, coerceTypes: false, useDefaults: false, validateFormats: false },
	...{ allErrors: true, verbose: true },
} as const;

function createApp(logger: boolean, https: ServerOptions | null = null): FastifyInstance {
	const app: FastifyInstance = Fastify({
		https,
		logger,
		bodyLimit: BODY_LIMIT_BYTES,
		// Faults leave connections hanging; closing must not wait for them.
		forceCloseConnections: true,
		ajv: { customOptions: AJV },
	});
	app.setErrorHandler<Error & { statusCode?: number }>(async (error, _request, reply) => {
		const { statusCode = 500, message } = error;
		const refused = error instanceof Refusal ? error.answer : undefined;
		await reply.code(refused?.status ?? statusCode).send(refused?.body ?? { error: message });
	});
	return app;
}

async function listen(
	app: FastifyInstance,
	{ host = DEFAULT_HOST, publicHost }: SandboxOptions,
	port = 0,
): Promise<string> {
	await app.listen({ host, port });
	const { port: bound } = app.server.address() as AddressInfo;
	const name = publicHost ?? (WILDCARDS.includes(host) ? DEFAULT_HOST : host);
	const scheme = app.server instanceof Server ? 'https' : 'http';
	return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${bound}`;
}

/**
 * Starts a local Segmind: a listener for each of its hosts, accounts with play money, real videos.
 * @throws Error when a port is taken
 */
export async function startSandbox(options: SandboxOptions = {}) {
	const service = await createService(options);
	const { logger = false, ports = {} } = options;
	const app = () => createApp(logger);
	const apps = { gateway: app(), storage: app(), files: app(), history: app() };
	// Two plugins, because the two interfaces read bodies differently.
	void apps.gateway.register(async (plugin) => mount(plugin, service, 'gateway', GATEWAY));
	void apps.gateway.register(async (plugin) => inspectRoutes(plugin, service));
	mount(apps.storage, service, 'storage', STORAGE);
	mount(apps.files, service, 'files', FILES);
	mount(apps.history, service, 'history', HISTORY);
	/** The gateway once more, over TLS. */
	const tls = options.tls ? createApp(logger, tlsOptions()) : undefined;
	if (tls?.server instanceof Server) watchTunnels(tls.server);
	if (tls) mount(tls, service, 'gateway', GATEWAY);
	/** Drops all connections, ends renders, removes the temporary files. */
	const close = async (): Promise<void> => {
		await Promise.all([...Object.values(apps), tls].map(async (one) => await one?.close()));
		await service.close();
	};
	const { urls } = service;
	try {
		for (const origin of ORIGINS) urls[origin] = await listen(apps[origin], options, ports[origin]);
		if (tls) urls.tls = await listen(tls, options, ports.tls);
	} catch (error) {
		await close();
		throw error;
	}
	return {
		/** Four origins, so that a test can prove which host saw the key. No trailing slash. */
		gatewayUrl: urls.gateway,
		storageUrl: urls.storage,
		filesUrl: urls.files,
		historyUrl: urls.history,
		/** The gateway over HTTPS, where `tls` was asked for; its certificate is TLS_CERTIFICATE. */
		tlsUrl: urls.tls,
		...sandboxApi(service),
		close,
	};
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
