/**
 * The output of one request of the account's history. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import type { HistoryRow } from '../../../segmind/job/history';
import { VIDEO_LIFETIME } from '../../../segmind/policy/limits';
import { shaped, type Shape } from '../../fields/options/output';
import { SIMPLE_ROW_KEYS } from '../../fields/options/outputKeys';
import { modelNamed } from '../../models';
import { isLengthInPanel } from '../../models/price';
import { known } from './output';

const iso = (time: number | undefined) =>
	time === undefined ? undefined : new Date(time).toISOString();

/** Until when the video's URL works (ms since 1970), if the row tells. */
function expiresAt({ videoUrl, createdAt, duration = 0 }: HistoryRow): number | undefined {
	if (!videoUrl || createdAt === undefined) return undefined;
	return createdAt + duration * 1000 + VIDEO_LIFETIME;
}

/** The prompt of a row. Undefined for a request without one. */
export function promptOf({ body }: HistoryRow): string | undefined {
	const prompt = body?.prompt;
	return typeof prompt === 'string' && prompt.trim() ? prompt.trim() : undefined;
}

/** The video's length (s), if the sent values decide it. An edit is as long as its input. */
function secondsOf({ model, body }: HistoryRow): number | undefined {
	const table = modelNamed(model);
	const seconds = Number(body?.duration);
	const isDecisive = !table.ok || isLengthInPanel(table.value);
	return isDecisive && seconds > 0 ? seconds : undefined;
}

/**
 * Generate's output has the same keys. So `duration` is the length of the video, and `totalTime` is how long making
 * it took. Under Retry On Fail, a key named `error` would make n8n run the node again.
 */
export function rowJson(row: HistoryRow, shape: Shape): IDataObject {
	const all = known({
		requestId: row.requestId,
		status: row.status || undefined,
		model: row.model || undefined,
		prompt: promptOf(row),
		videoUrl: row.videoUrl,
		videoUrlExpiresAt: iso(expiresAt(row)),
		duration: secondsOf(row),
		cost: row.cost,
		createdAt: iso(row.createdAt),
		totalTime: row.duration,
		errorMessage: row.error,
		response: row.raw,
	});
	return shaped(all, shape, SIMPLE_ROW_KEYS);
}
