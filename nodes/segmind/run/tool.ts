import type { INode } from 'n8n-workflow';

/** Whether an AI agent calls the node: n8n makes a second node type of each node that is usable as a tool. */
export const isTool = (node: INode) => node.type.endsWith('Tool');
