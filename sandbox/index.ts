/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */

import { Server, type ServerOptions } from 'node:https';

import Fastify, { type FastifyInstance } from 'fastify';

import { sandboxApi } from './api';
import { filesRoutes } from './routes/files';
import { gatewayRoutes } from './routes/gateway';
import { historyRoutes } from './routes/history';
import { inspectRoutes } from './routes/inspect';
import { storageRoutes } from './routes/storage';
import { tlsOptions, watchTunnels } from './tls';
import { createService, type Service } from './service';
import { ORIGINS, type Origin, type Sandbox, type SandboxOptions } from './types';

export { TLS_CERTIFICATE } from './tls';
export * from './types';

/** A data URL is a third longer than its file, and a video may have 200 MB. */
const BODY_LIMIT_BYTES = 300 * 1024 * 1024;
const DEFAULT_HOST = '127.0.0.1';
/** Interfaces one can listen on but not connect to. */
const WILDCARDS = ['0.0.0.0', '::'];

function createApp(logger: boolean, https: ServerOptions | null = null): FastifyInstance {
	const app: FastifyInstance = Fastify({
		https,
		logger,
		bodyLimit: BODY_LIMIT_BYTES,
		// Faults leave connections hanging; closing must not wait for them.
		forceCloseConnections: true,
		ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
	});
	app.setErrorHandler<Error & { statusCode?: number }>(async (error, _request, reply) => {
		await reply.code(error.statusCode ?? 500).send({ error: error.message });
	});
	return app;
}

async function listen(
	app: FastifyInstance,
	{ host = DEFAULT_HOST, publicHost }: SandboxOptions,
	port: number,
): Promise<string> {
	await app.listen({ host, port });
	const address = app.server.address();
	const bound = typeof address === 'object' && address ? address.port : port;
	const name = publicHost ?? (WILDCARDS.includes(host) ? DEFAULT_HOST : host);
	return `${app.server instanceof Server ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${bound}`;
}

/** The gateway once more, over TLS. */
function createTlsApp(service: Service, logger: boolean): FastifyInstance {
	const app = createApp(logger, tlsOptions());
	if (app.server instanceof Server) watchTunnels(app.server);
	gatewayRoutes(app, service);
	return app;
}

function createApps(service: Service, logger: boolean): Record<Origin, FastifyInstance> {
	const gateway = createApp(logger);
	// Two plugins, because the two interfaces read bodies differently.
	void gateway.register(async (app) => gatewayRoutes(app, service));
	void gateway.register(async (app) => inspectRoutes(app, service));
	const storage = createApp(logger);
	storageRoutes(storage, service);
	const files = createApp(logger);
	filesRoutes(files, service);
	const history = createApp(logger);
	historyRoutes(history, service);
	return { gateway, storage, files, history };
}

/**
 * Starts a local Segmind: a listener for each of its hosts, accounts with play money, real videos.
 * @throws Error when a port is taken
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const service = await createService(options);
	const { logger = false, ports = {} } = options;
	const apps = createApps(service, logger);
	const tls = options.tls ? createTlsApp(service, logger) : undefined;
	const close = async () => {
		await Promise.all([...Object.values(apps), tls].map(async (app) => await app?.close()));
		await service.close();
	};
	try {
		for (const origin of ORIGINS)
			service.urls[origin] = await listen(apps[origin], options, ports[origin] ?? 0);
		if (tls) service.urls.tls = await listen(tls, options, ports.tls ?? 0);
	} catch (error) {
		await close();
		throw error;
	}
	return {
		gatewayUrl: service.urls.gateway,
		storageUrl: service.urls.storage,
		filesUrl: service.urls.files,
		historyUrl: service.urls.history,
		tlsUrl: service.urls.tls,
		...sandboxApi(service),
		close,
	};
}
