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

/** A video's file; a new one may be refused some times, as by a host that has not heard of it yet. */
function video({ files, settings }: Service, request: FastifyRequest): Answer {
	const file = files.find(pathOf(request));
	if (file) file.asked = (file.asked ?? 0) + 1;
	if (file && file.asked! <= settings.freshFileRefusals)
		throw refuse(settings.freshFileStatus, 'File is not ready');
	return hosted(file);
}

/** Public hosting of videos, uploads and samples. Asks for no key, and looks at none. */
export function filesRoutes(app: FastifyInstance, service: Service): void {
	acceptAnyBody(app);
	const stored = ({ request }: { request: FastifyRequest }) =>
		hosted(service.files.find(pathOf(request)));
	app.get(
		'/videos/:name',
		serve(
			service,
			'files',
			'download',
			({ request }) => video(service, request),
			(request) => service.jobs.ofVideo(pathOf(request)),
		),
	);
	app.get('/assets/:name', serve(service, 'files', 'other', stored));
	app.get('/samples/:name', serve(service, 'files', 'other', stored));
	app.setNotFoundHandler(
		serve(service, 'files', 'other', () => {
			throw refuse(404, 'File not found');
		}),
	);
}
