import type { Call } from './serve';
import type { Fault, FaultRule } from './tables';

const equals = (wanted: string | undefined, value: string | undefined): boolean =>
	wanted === undefined || wanted === value;

const isIn = (part: string | undefined, text = ''): boolean =>
	part === undefined || text.includes(part);

/** Of the job that is asked about, or of the body that comes. */
function promptOf({ job, body }: Call): string | undefined {
	if (job) return job.request.prompt;
	const prompt = (body as { prompt?: unknown } | null | undefined)?.prompt;
	return typeof prompt === 'string' ? prompt : undefined;
}

const matches = ({ stage, key, match = {} }: FaultRule, call: Call): boolean =>
	stage === call.report.stage &&
	equals(key, stage === 'download' ? call.job?.account.key : call.report.key) &&
	equals(match.requestId, call.job?.requestId) &&
	equals(match.status, call.job?.status) &&
	isIn(match.path, call.report.path) &&
	isIn(match.prompt, promptOf(call));

/** The faults that wait for their request. */
export class FaultBook {
	private entries: Array<{ rule: FaultRule; toSkip: number; left: number }> = [];

	add(...rules: FaultRule[]): void {
		for (const rule of rules) {
			const { times = 1, skip = 0 } = rule;
			this.entries.push({ rule, left: times || Infinity, toSkip: skip });
		}
	}

	clear(): void {
		this.entries = [];
	}

	/** The fault this request meets, used up by it, or undefined. A rule that lets it through leaves it to later rules. */
	take(call: Call): Fault | undefined {
		for (const entry of this.entries) {
			if (entry.left === 0 || !matches(entry.rule, call)) continue;
			if (entry.toSkip-- > 0) continue;
			entry.left--;
			return entry.rule.fault;
		}
		return undefined;
	}
}
