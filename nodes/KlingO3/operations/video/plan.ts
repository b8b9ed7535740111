/**
 * Reads and checks every item's parameters before anything is sent, and finds the jobs that an earlier
 * try of this run has submitted already.
 */
import { bodyHash } from '../../../segmind/job/hash';
import type { LedgerEntry } from '../../../segmind/job/ledger';
import { success, type Outcome, type Problem } from '../../../segmind/job/problem';
import type { Session } from '../../../segmind/job/session';
import type { Source } from '../../fields/field';
import { DEFAULT_CONCURRENCY } from '../../fields/options/concurrency';
import { readModel } from '../../models';
import { cautionsOf, identityOf, readVideoRequest, type VideoRequest } from '../../models/request';
import { readEach } from '../readEach';
import { readJobOptions, type JobOptions } from './options';

export interface Plan {
	item: number;
	request: VideoRequest;
	options: JobOptions;
	/** What makes it the same job when n8n runs the node again. */
	hash: string;
	/** The job that an earlier try submitted, and then this one. */
	entry?: LedgerEntry;
}

async function planItem(source: Source): Promise<Outcome<Plan>> {
	const options = readJobOptions(source);
	if (!options.ok) return options;
	const model = readModel(source);
	if (!model.ok) return model;
	const request = await readVideoRequest(model.value, source, options.value.extraBody);
	if (!request.ok) return request;
	const hash = bodyHash(identityOf(request.value));
	return success({ item: source.item, request: request.value, options: options.value, hash });
}

/** Says once for all items what does not go together in some of them. */
function warn(session: Session, plans: Plan[]): void {
	const items = new Map<string, number[]>();
	for (const { item, request } of plans) {
		for (const text of cautionsOf(request)) items.set(text, [...(items.get(text) ?? []), item]);
	}
	for (const [text, some] of items) {
		session.warn(some.length < plans.length ? `${text} (items ${some.join(', ')})` : text);
	}
}

export interface Plans {
	/** By item; undefined where there is a problem. */
	plans: Array<Plan | undefined>;
	/** By item; undefined where there is a plan. */
	problems: Array<Problem | undefined>;
}

export async function planAll(session: Session): Promise<Plans> {
	const { context, ledger } = session;
	const { values, problems } = await readEach(context, planItem);
	const valid = values.filter((plan): plan is Plan => plan !== undefined);
	const entries = ledger.adopt(valid);
	for (const [index, plan] of valid.entries()) plan.entry = entries[index];
	warn(session, valid);
	return { plans: values, problems };
}

/** How many videos are under way at once: as the first item that could be read has it. */
export function concurrencyOf(plans: Array<{ options: JobOptions } | undefined>): number {
	return plans.find((plan) => plan !== undefined)?.options.concurrency ?? DEFAULT_CONCURRENCY;
}

/** The ledger's entries behind these items. */
export function entriesOf(
	plans: Array<Plan | undefined>,
	items: number[],
): Array<LedgerEntry | undefined> {
	return items.map((item) => plans[item]?.entry);
}
