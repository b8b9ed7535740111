import type {
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	ISupplyDataFunctions,
} from 'n8n-workflow';

/** Whether the node is an AI tool: n8n makes a second node type from each node that is usable as a tool. */
export const isTool = (node: INode) => node.type.endsWith('Tool');

/**
 * Whether an agent calls the node itself: an AI Agent node before version 3 does not use n8n's engine for its tools.
 */
export const isCalledByAgent = (context: IExecuteFunctions) =>
	isTool(context.getNode()) && ('getNextRunIndex' satisfies keyof ISupplyDataFunctions) in context;

/**
 * A tool's output for an error that the agent would not pass on. For such an error, n8n 2 gives the model of an older
 * agent an empty text, and the model may then submit another video.
 * Source: LangChain's executor with streaming (n8n 2.41.1, AI Agent 2.2).
 *
 * @throws the error itself if the agent passes it on, and always for a stopped execution
 */
export function errorForModel(context: IExecuteFunctions, error: Error): INodeExecutionData[] {
	if (!isCalledByAgent(context) || context.getExecutionCancelSignal()?.aborted) throw error;
	return [{ json: { error: error.message } }];
}
