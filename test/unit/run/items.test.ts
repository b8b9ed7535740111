import type { INode, INodeExecutionData } from 'n8n-workflow';

import { isRetried } from '../../../nodes/segmind/run/items';

const nodeOf = (settings: Partial<INode>) => ({ type: 'kling', ...settings }) as INode;
const good: INodeExecutionData = { json: { requestId: 'a' } };
const bad: INodeExecutionData = { json: { error: 'Blocked' } };
const RETRY = { retryOnFail: true };

describe('n8n throws an output away and runs the node again', () => {
	it.each<[string, Partial<INode>, INodeExecutionData[], number]>([
		['when its first item is an error', RETRY, [bad, good], 1],
		['twice by default', RETRY, [bad], 2],
		['as often as the node says', { ...RETRY, maxTries: 5 }, [bad], 4],
		['once at least', { ...RETRY, maxTries: 1 }, [bad], 1],
	])('%s', (_, settings, output, attempts) => {
		expect(isRetried(nodeOf(settings), output, attempts)).toBe(true);
	});
});

describe('n8n keeps an output', () => {
	it.each<[string, Partial<INode>, INodeExecutionData[], number]>([
		['without Retry On Fail', {}, [bad], 1],
		['when another item than the first is an error', RETRY, [good, bad], 1],
		['when there is none', RETRY, [], 1],
		['of the last attempt', RETRY, [bad], 3],
		['of the fifth try, whatever the node says', { ...RETRY, maxTries: 9 }, [bad], 5],
		['of an AI tool', { ...RETRY, type: 'klingTool' }, [bad], 1],
	])('%s', (_, settings, output, attempts) => {
		expect(isRetried(nodeOf(settings), output, attempts)).toBe(false);
	});
});
