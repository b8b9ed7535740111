/**
 * A problem as n8n wants it: an error to throw, or an error item where the user chose to continue.
 */
import {
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import * as n8nWorkflow from 'n8n-workflow';

import { sentences, type Problem } from '../outcome';
import { harmless } from '../wire/errorText';
import { isTool } from './tool';

type NodeError = NodeApiError | NodeOperationError;

/** What is known of the paid thing, for programs to use. */
export function problemDetails(problem: Problem): IDataObject {
	const { description, status, billed, requestId, videoUrl, cost, details } = problem;
	const known: IDataObject = {
		description,
		httpCode: status,
		billed,
		requestId,
		videoUrl,
		cost,
		...details,
	};
	return Object.fromEntries(
		Object.entries(known).filter(([, value]) => value !== undefined && value !== ''),
	);
}

/**
 * n8n replaces messages in which it finds the name of a known error, by advice such as to retry at
 * once: our message is put back. The object that goes in is plain and ours, for n8n saves it as it is.
 *
 * A language model gets one text of an error: its message in n8n 2, its description in n8n 1 unless that
 * is undefined. So a tool's message says all, and it is an error that n8n does not wrap and reword.
 *
 * @param item undefined when the problem is the whole run's
 */
export function nodeError(node: INode, problem: Problem, item?: number): NodeError {
	const { message, description, status, kind } = problem;
	const asTool = isTool(node);
	const error: NodeError =
		kind === 'parameter' || asTool
			? new NodeOperationError(node, message, { description, itemIndex: item, level: 'warning' })
			: new NodeApiError(node, problemDetails(problem) as never, {
					message,
					description,
					itemIndex: item,
					level: 'warning',
				});
	error.message = harmless(asTool ? sentences(message, description) : message);
	error.description = asTool || !description ? undefined : description;
	error.messages = [];
	// Otherwise n8n looks for something like a status in the details.
	if (error instanceof NodeApiError) error.httpCode = status === undefined ? null : String(status);
	return error;
}

/** n8n 2 takes items of `error` and `details` for the error output; older ones look at `item.error`. */
const knowsDetails = 'BINARY_MODE_COMBINED' in n8nWorkflow;

/** The item that stands for a failed input under "continue (using error output)" and "continue". */
export function errorItem(
	context: IExecuteFunctions,
	problem: Problem,
	item: number,
): INodeExecutionData {
	const output: INodeExecutionData = {
		json: { error: harmless(problem.message), details: problemDetails(problem) },
		pairedItem: { item },
	};
	const usesErrorOutput = context.getNode().onError === 'continueErrorOutput';
	if (usesErrorOutput && !knowsDetails) {
		// n8n 1.x clears this mark after it has sorted the item. Not enumerable, so that it is not saved
		// and does not make n8n reduce the item's JSON to the message.
		const value = nodeError(context.getNode(), problem, item);
		Object.defineProperty(output, 'error', { value, enumerable: false, writable: true });
	}
	return output;
}
