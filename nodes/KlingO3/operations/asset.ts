/** Uploads an image once, for a URL that many videos can use. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failure, success, type Problem } from '../../segmind/job/problem';
import { upload as uploadImage, type LocalImage } from '../../segmind/job/upload';
import { runItems } from '../../segmind/run/items';
import { openSession } from '../../segmind/run/open';
import { PARALLEL_UPLOADS } from '../../segmind/policy/limits';
import { LABELS } from '../descriptions/labels';
import { readImageFile, type CheckedFiles } from '../parameters/images';
import { guarded } from '../parameters/read';

export async function upload(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const session = await openSession(context);
	const checked: CheckedFiles = new Map();
	const images: LocalImage[] = [];
	const problems: Array<Problem | undefined> = [];
	for (let item = 0; item < context.getInputData().length; item++) {
		const outcome = await guarded(
			async () =>
				await readImageFile(
					context,
					item,
					LABELS.imageBinaryField,
					context.getNodeParameter('imageBinaryField', item),
					checked,
				),
		);
		if (outcome.ok && outcome.value.kind === 'local') images[item] = outcome.value.image;
		problems.push(outcome.ok ? undefined : outcome.problem);
	}
	return await runItems(context, session, {
		problems,
		concurrency: PARALLEL_UPLOADS,
		task: async (item) => {
			const uploaded = await uploadImage(session, images[item]);
			return uploaded.ok ? success({ json: { url: uploaded.value } }) : failure(uploaded.problem);
		},
		delivered: (_items, withoutErrors) => session.ledger.settle([], withoutErrors),
	});
}
