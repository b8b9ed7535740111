/** Uploads an image once, for a URL that many videos can use. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success } from '../../segmind/job/problem';
import { upload as uploadImage } from '../../segmind/job/upload';
import { PARALLEL_UPLOADS } from '../../segmind/policy/limits';
import { runItems } from '../../segmind/run/items';
import { withSession } from '../../segmind/run/open';
import { LABELS } from '../descriptions/labels';
import { readImageFile, type CheckedFiles, type LocalImageInput } from '../parameters/images';
import { readEach } from '../parameters/read';

export async function upload(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const checked: CheckedFiles = new Map();
	return await withSession(context, async (session) => {
		const { values, problems } = await readEach(context, async (item) => {
			const field = context.getNodeParameter('imageBinaryField', item);
			return await readImageFile(context, item, LABELS.imageBinaryField, field, checked);
		});
		return await runItems(context, session, {
			problems,
			concurrency: PARALLEL_UPLOADS,
			task: async (item) => {
				const { image } = values[item] as LocalImageInput;
				const uploaded = await uploadImage(session, image);
				return uploaded.ok ? success({ json: { url: uploaded.value } }) : uploaded;
			},
			delivered: (_good, withoutErrors) => session.ledger.settle([], withoutErrors),
		});
	});
}
