import type { Fault, FaultRule, JobStatus, Stage } from './types';

/** What of a request the rules look at. */
export interface Circumstances {
	stage: Stage;
	path: string;
	key?: string;
	requestId?: string;
	prompt?: string;
	status?: JobStatus;
}

interface Entry {
	rule: FaultRule;
	toSkip: number;
	/** Applications left; Infinity for a rule that stays. */
	left: number;
}

function matches({ stage, key, match = {} }: FaultRule, request: Circumstances): boolean {
	return (
		stage === request.stage &&
		(key === undefined || key === request.key) &&
		(match.requestId === undefined || match.requestId === request.requestId) &&
		(match.status === undefined || match.status === request.status) &&
		(match.path === undefined || request.path.includes(match.path)) &&
		(match.prompt === undefined || (request.prompt?.includes(match.prompt) ?? false))
	);
}

/** The faults that wait for their request. */
export class FaultBook {
	private entries: Entry[] = [];

	add(...rules: FaultRule[]): void {
		for (const rule of rules) {
			const left = rule.times === 0 ? Infinity : (rule.times ?? 1);
			this.entries.push({ rule, left, toSkip: rule.skip ?? 0 });
		}
	}

	clear(): void {
		this.entries = [];
	}

	/** The fault this request meets, used up by it, or undefined. A rule that lets it through leaves it to later rules. */
	take(request: Circumstances): Fault | undefined {
		for (const entry of this.entries) {
			if (entry.left === 0 || !matches(entry.rule, request)) continue;
			if (entry.toSkip > 0) {
				entry.toSkip--;
				continue;
			}
			entry.left--;
			return entry.rule.fault;
		}
		return undefined;
	}
}
