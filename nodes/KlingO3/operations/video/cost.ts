/** Shows the real cost next to the output. */
import type { IExecuteFunctions } from 'n8n-workflow';

import type { VideoResult } from '../../../segmind/job/result';
import { roundUsd, usd } from '../../models/price';

export function tellCost(context: IExecuteFunctions, results: VideoResult[]): void {
	const costs = results.flatMap(({ cost }) => cost ?? []);
	if (costs.length === 0) return;
	const sum = roundUsd(costs.reduce((total, cost) => total + cost, 0));
	// The lowest balance is the latest: videos finish in any order.
	const left = Math.min(...results.map(({ remainingCredits }) => remainingCredits ?? Infinity));
	const videos = costs.length === 1 ? '1 video' : `${costs.length} videos`;
	const rest = Number.isFinite(left) ? `, $${left.toFixed(2)} of credits left` : '';
	const message = `Segmind charged ${usd(sum)} for ${videos}${rest}`;
	context.addExecutionHints?.({ message, type: 'info', location: 'outputPane' });
}
