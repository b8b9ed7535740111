/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import type { INodeExecutionData } from 'n8n-workflow';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Execution } from '../../../harness/drive/api';
import type { N8n } from '../../../harness/run/n8n';
import { probe, type Probe } from '../../../sandbox/render/probe';

/** What a node's last run gave on its first output; empty when it never ended. */
export function itemsOf({ data }: Execution, node: string): INodeExecutionData[] {
	return data.resultData.runData[node]?.at(-1)?.data?.main[0] ?? [];
}

/** What ffprobe sees in the video of an item, as n8n's REST API hands it out. */
export async function probeVideo(
	{ api }: N8n,
	{ binary }: INodeExecutionData,
	folder: string,
): Promise<Probe> {
	const file = join(folder, 'video.mp4');
	writeFileSync(file, await api.binary(binary!.data.id!));
	return await probe(file);
}
