/** What is known of the request that an item's video was, or would be: by it the account's history finds the video. */
import type { IDataObject } from 'n8n-workflow';

import { bodyHash } from '../../../segmind/job/hash';
import { addressesOf, ANY, unsent } from '../../../segmind/job/recover';
import { isSigned } from '../../fields/media/signature';
import { fieldsOf } from '../../models/model';
import { bodyOf, type VideoRequest } from '../../models/request';

/**
 * The body that another execution sent: where it uploaded a file, or where the address is signed anew each time, the
 * address is not known.
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
 * The addresses in a body that another execution will not know: a note has them, so that the right one of several
 * requests is found.
 *
 * @param body as sent, or as the history shows it
 * @returns their hash; undefined where there are none
 */
export function addressesIn(
	request: VideoRequest,
	body: Readonly<IDataObject> | undefined,
): string | undefined {
	const addresses = addressesOf(sentBody(request), body);
	return addresses === undefined ? undefined : bodyHash({ addresses });
}
