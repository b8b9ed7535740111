/** What is known about the request for an item's video. The node finds the video in the account's history by it. */
import type { IDataObject } from 'n8n-workflow';

import { bodyHash } from '../../../segmind/job/hash';
import { addressesOf, ANY, unsent } from '../../../segmind/job/recover';
import { isSigned } from '../../fields/media/signature';
import { fieldsOf } from '../../models/model';
import { bodyOf, type VideoRequest } from '../../models/request';

/**
 * The body that another execution sent. An address is unknown if that execution uploaded the file, or if the address
 * gets a new signature each time.
 */
export function sentBody(request: VideoRequest): Record<string, unknown> {
	const notSent = Object.fromEntries(
		fieldsOf(request.model).map(({ api }) => [api.name, unsent(api.form.default)]),
	);
	const sent = bodyOf(request, (media) =>
		media.kind === 'url' && !isSigned(media.url) ? media.url : ANY,
	);
	return { ...notSent, ...sent };
}

/**
 * The addresses in a body that another execution will not know. A note has them, so the node finds the right one of
 * several requests.
 *
 * @param body as sent, or as the history shows it
 * @returns their hash; undefined if there are none
 */
export function addressesIn(
	request: VideoRequest,
	body: Readonly<IDataObject> | undefined,
): string | undefined {
	const addresses = addressesOf(sentBody(request), body);
	return addresses === undefined ? undefined : bodyHash({ addresses });
}
