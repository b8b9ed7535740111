/**
 * What went wrong with one item, as a value. The code for jobs never throws, so a problem with one item cannot lose
 * the paid videos of the others.
 */
import type { IDataObject } from 'n8n-workflow';

export interface Problem {
	/** What happened and what to do next. It must be enough alone, because an AI model sees nothing else. */
	message: string;
	/** More about what to do. */
	description: string;
	/** `parameter`: the user's input, nothing was sent. `service`: everything else. */
	kind: 'parameter' | 'service';
	/** HTTP status, if there was an answer. */
	status?: number;
	/** Whether the video is billed. */
	billed: 'no' | 'yes' | 'possibly';
	requestId?: string;
	videoUrl?: string;
	/** USD. */
	cost?: number;
	/** Skipped because another item failed. The user must see the other item's problem. */
	skipped?: boolean;
	/** More fields for `details` of the error item. */
	details?: IDataObject;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export const success = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const failure = (problem: Problem): { ok: false; problem: Problem } => ({
	ok: false,
	problem,
});

/** A problem with the user's own input: nothing was sent, nothing is billed. */
export function parameterProblem(message: string, description = ''): Problem {
	return { kind: 'parameter', message, description, billed: 'no' };
}

function sentence(text: string): string {
	return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Joins a title and the service's own words. */
export function withDetail(title: string, detail: string): string {
	return detail ? `${title}: ${detail}` : title;
}

/** A time in readable form, to the minute. @param ms since 1970 */
export function utc(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Joins sentences, each with its full stop. */
export function sentences(...parts: Array<string | undefined>): string {
	return parts
		.filter((part): part is string => Boolean(part))
		.map(sentence)
		.join(' ');
}
