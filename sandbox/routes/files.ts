import type { FastifyInstance, FastifyRequest } from 'fastify';

import { refuse, type Answer } from '../answer';
import type { HostedFile } from '../files';
import { acceptAnyBody, serve } from '../serve';
import type { Service } from '../service';

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0];

function hosted(file: HostedFile | undefined): Answer {
	if (!file) throw refuse(404, 'File not found');
	return {
		status: 200,
		contentType: file.contentType,
		file: { path: file.file, bytes: file.bytes },
	};
}

/** Public hosting of videos, uploads and samples. Asks for no key, and looks at none. */
export function filesRoutes(app: FastifyInstance, service: Service): void {
	acceptAnyBody(app);
	const stored = ({ request }: { request: FastifyRequest }) =>
		hosted(service.files.find(pathOf(request)));
	app.get(
		'/videos/:name',
		serve(service, 'files', 'download', stored, (request) => service.jobs.ofVideo(pathOf(request))),
	);
	app.get('/assets/:name', serve(service, 'files', 'other', stored));
	app.get<{ Params: { name: string } }>(
		'/samples/:name',
		serve(service, 'files', 'other', async ({ request }) =>
			hosted(await service.samples.find((request.params as { name: string }).name)),
		),
	);
	app.setNotFoundHandler(
		serve(service, 'files', 'other', () => {
			throw refuse(404, 'File not found');
		}),
	);
}
