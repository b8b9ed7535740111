/** Uploads an image or a video once, and returns a URL that many videos can use. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success } from '../../segmind/outcome';
import { PARALLEL_UPLOADS } from '../../segmind/policy/limits';
import { runItems } from '../../segmind/run/items';
import { withSession } from '../../segmind/run/open';
import { upload as uploadFile } from '../../segmind/transfer/upload';
import { ASSET_FIELD, ASSET_LABEL } from '../fields/asset';
import { parameter } from '../fields/field';
import { IMAGE } from '../fields/media/imageFile';
import type { LocalMedia } from '../fields/media/media';
import { readFile } from '../fields/media/read';
import { VIDEO } from '../fields/media/videoFile';
import { readEach } from './readEach';

export async function upload(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const { values, problems } = await readEach(
			context,
			async (source) =>
				await readFile([IMAGE, VIDEO], source, ASSET_LABEL, parameter(source, ASSET_FIELD)),
		);
		return await runItems(context, session, {
			problems,
			concurrency: PARALLEL_UPLOADS,
			task: async (item) => {
				const { file } = values[item] as LocalMedia;
				const uploaded = await uploadFile(session, file);
				return uploaded.ok ? success({ json: { url: uploaded.value } }) : uploaded;
			},
			delivered: (_good, withoutErrors) => session.ledger.settle([], withoutErrors),
		});
	});
}
