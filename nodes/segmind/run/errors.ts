/**
 * A problem as n8n wants it: an error to throw, or an error item if the user chose to continue.
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
import { harmless } from '../transport/errorText';
import { isTool } from './tool';

type NodeError = NodeApiError | NodeOperationError;

/** What is known about the paid video, for programs to use. */
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
 * n8n replaces a message that contains the name of a known error, for example with the advice to retry at once. So we
 * put our message back. n8n saves the object that goes in as it is, so we pass a plain one.
 *
 * A language model gets one text of an error: its message in n8n 2; in n8n 1 its description, unless that is
 * undefined. So a tool's message says everything, and n8n does not wrap and reword this kind of error.
 *
 * @param item undefined if the problem concerns the whole run
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
	// Otherwise n8n searches the details for something like a status.
	if (error instanceof NodeApiError) error.httpCode = status === undefined ? null : String(status);
	return error;
}

/** n8n 2 sends items with `error` and `details` to the error output; older versions check `item.error`. */
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
		// n8n 1.x clears this mark after it has sorted the item. It is not enumerable, so n8n does not save it and does
		// not reduce the item's JSON to the message.
		const value = nodeError(context.getNode(), problem, item);
		Object.defineProperty(output, 'error', { value, enumerable: false, writable: true });
	}
	return output;
}
