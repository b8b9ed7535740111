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

import type { Problem } from '../job/problem';
import { harmless } from '../wire/errorText';

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
 * @param item undefined when the problem is the whole run's
 */
export function nodeError(node: INode, problem: Problem, item?: number): NodeError {
	const { message, description, status } = problem;
	const error: NodeError =
		problem.kind === 'parameter'
			? new NodeOperationError(node, message, { description, itemIndex: item, level: 'warning' })
			: new NodeApiError(node, problemDetails(problem) as never, {
					message,
					description,
					itemIndex: item,
					level: 'warning',
				});
	error.message = harmless(message);
	error.description = description;
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
