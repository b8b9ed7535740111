import type {
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	ISupplyDataFunctions,
} from 'n8n-workflow';

/** Whether an AI agent calls the node: n8n makes a second node type of each node that is usable as a tool. */
export const isTool = (node: INode) => node.type.endsWith('Tool');

/** An AI Agent node before version 3 calls its tools itself, not through n8n's engine. */
export const isCalledByAgent = (context: IExecuteFunctions) =>
	isTool(context.getNode()) && ('getNextRunIndex' satisfies keyof ISupplyDataFunctions) in context;

/**
 * The output of a tool for an error, where the agent would not pass on the error itself: n8n 2 gives the model of an
 * older agent an empty text for it, after which a model may well order another video.
 * Source: LangChain's executor, when it streams (n8n 2.41.1, AI Agent 2.2).
 *
 * @throws the error itself, where it is passed on; always for a stopped execution
 */
export function errorForModel(context: IExecuteFunctions, error: Error): INodeExecutionData[] {
	if (!isCalledByAgent(context) || context.getExecutionCancelSignal()?.aborted) throw error;
	return [{ json: { error: error.message } }];
}
