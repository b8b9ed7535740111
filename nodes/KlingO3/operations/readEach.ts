/**
 * Reads every item's parameters before the node sends anything. n8n resolves expressions here, for each item.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { failure, parameterProblem, type Outcome, type Problem } from '../../segmind/outcome';
import type { Source } from '../fields/field';
import type { CheckedFiles } from '../fields/media/media';

/** The fields of one item are read from here. */
export const sourceOf = (
	context: IExecuteFunctions,
	item: number,
	checked: CheckedFiles,
): Source => ({
	context,
	item,
	options: context.getNodeParameter('options', item, {}) as IDataObject,
	checked,
});

/** Reads a value. If n8n throws because it cannot resolve an expression, that becomes the item's problem. */
export async function guarded<T>(
	read: () => Outcome<T> | Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	try {
		return await read();
	} catch (error) {
		const { message, description } = error as { message?: string; description?: string };
		return failure(parameterProblem(message ?? 'A parameter could not be read', description ?? ''));
	}
}

/** All items' parameters: for each item a value or a problem. */
export interface Readings<T> {
	values: Array<T | undefined>;
	problems: Array<Problem | undefined>;
}

/** Reads every item's parameters, one item at a time, because a file is in memory while it is checked. */
export async function readEach<T>(
	context: IExecuteFunctions,
	read: (source: Source) => Outcome<T> | Promise<Outcome<T>>,
): Promise<Readings<T>> {
	const readings: Readings<T> = { values: [], problems: [] };
	const checked: CheckedFiles = new Map();
	for (let item = 0; item < context.getInputData().length; item++) {
		const outcome = await guarded(async () => await read(sourceOf(context, item, checked)));
		readings.values.push(outcome.ok ? outcome.value : undefined);
		readings.problems.push(outcome.ok ? undefined : outcome.problem);
	}
	return readings;
}
