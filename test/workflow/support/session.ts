/** Runs code of the node with a real session: n8n-core's own context, helpers and credential. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import type { Session } from '../../../nodes/segmind/job/session';
import { withSession } from '../../../nodes/segmind/run/open';
import { runWorkflow, type RunOptions } from './engine';

const ANY_OPERATION = { resource: 'account', operation: 'getCredits' };

/** The node's runs that are under way do other work than an operation's, in the order of their start. */
const works: Array<(session: Session) => Promise<void>> = [];

async function execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const work = works.shift()!;
	await withSession(this, work);
	return [[{ json: {} }]];
}

/**
 * @returns what the work returns
 * @throws what it throws, and what n8n makes of an execution that could not begin
 */
export async function inSession<T>(
	options: Pick<RunOptions, 'credential' | 'onStart'>,
	work: (session: Session) => Promise<T>,
): Promise<T> {
	let outcome: { value: T } | undefined;
	works.push(async (session) => {
		outcome = { value: await work(session) };
	});
	const spy = jest.spyOn(KlingO3.prototype, 'execute').mockImplementation(execute);
	const { error } = await runWorkflow({ ...options, parameters: ANY_OPERATION }).finally(() => {
		if (works.length === 0) spy.mockRestore();
	});
	if (!outcome) throw error ?? new Error('the work did not run');
	return outcome.value;
}
