/** The lists that the panel loads from Segmind. */
import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import type { HistoryRow } from '../../segmind/job/history';
import { readPage } from '../../segmind/job/requests';
import { sentences } from '../../segmind/outcome';
import { HISTORY_WINDOW } from '../../segmind/policy/limits';
import { nodeError } from '../../segmind/run/errors';
import { withListSession } from '../../segmind/run/open';
import { MODEL_FAMILY } from '../fields/listing';
import { minuteIn } from '../fields/time';
import { promptOf } from '../operations/video/row';

/** The most pages that one search reads: a Free plan has five requests a minute. */
const PAGES = 5;

const DAY = 24 * 60 * 60 * 1000;

/** n8n saves the chosen line with the workflow, so long prompts are cut. */
const PROMPT_LENGTH = 100;

function shortened(text: string): string {
	const line = text.replace(/\s+/g, ' ');
	return line.length > PROMPT_LENGTH ? `${line.slice(0, PROMPT_LENGTH - 1)}…` : line;
}

/** A line of the list. The narrow panel cuts its end off, so the prompt is last: only it can be long. */
export function itemOf(row: HistoryRow, zone: string): INodeListSearchItems {
	const { requestId, createdAt, status, cost } = row;
	const parts = [
		createdAt === undefined ? undefined : minuteIn(zone, createdAt),
		status.toLowerCase(),
		status !== 'FAILED' && cost ? `$${cost.toFixed(2)}` : undefined,
		shortened(promptOf(row) ?? requestId),
	];
	return { name: parts.filter(Boolean).join(' · '), value: requestId };
}

/** Whether a line matches the search. The service itself cannot search prompts. */
export function matches(row: HistoryRow, { name }: INodeListSearchItems, filter: string): boolean {
	const wanted = filter.trim().toLowerCase();
	if (row.requestId.toLowerCase().startsWith(wanted)) return true;
	// Parts of the ID do not count: a searched number is part of many IDs.
	const text = `${promptOf(row) ?? ''}\n${name}`.toLowerCase();
	return wanted.split(/\s+/).every((word) => text.includes(word));
}

/**
 * The account's videos of the last 31 days, the newest first.
 *
 * @param paginationToken number of the next page
 * @throws NodeApiError that says what to do instead
 */
export async function searchVideos(
	this: ILoadOptionsFunctions,
	filter = '',
	paginationToken = '1',
): Promise<INodeListSearchResult> {
	return await withListSession(this, async (session) => {
		const now = Date.now();
		const zone = this.getTimezone();
		const query = {
			from: now - (HISTORY_WINDOW - 1) * DAY,
			to: now,
			model: MODEL_FAMILY,
		};
		const results: INodeListSearchItems[] = [];
		const first = Number(paginationToken) || 1;
		for (let page = first; page < first + PAGES; page++) {
			const answer = await readPage(session, { ...query, page });
			if (!answer.ok) {
				const { problem } = answer;
				const message = sentences(problem.message, 'Choose By ID to enter a request ID');
				throw nodeError(this.getNode(), { ...problem, kind: 'service', message });
			}
			const { rows, isLast } = answer.value;
			for (const row of rows) {
				const item = itemOf(row, zone);
				if (matches(row, item, filter)) results.push(item);
			}
			if (isLast) return { results };
			// The user can only scroll a list that has a line.
			if (results.length > 0) return { results, paginationToken: String(page + 1) };
		}
		return { results, paginationToken: String(first + PAGES) };
	});
}
