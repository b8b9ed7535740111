/** An execution of the node in simulated time: its own code, but for n8n's context and HTTP. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { OPERATIONS } from '../../../../nodes/KlingO3/operations';
import type { SimulatedService } from './service';

export interface ExecutionOptions {
	service: SimulatedService;
	/** Executions with the same key share an account. */
	key: string;
	/** Requests Per Minute of the credential. */
	limit: unknown;
	/** Videos. */
	count: number;
	operation?: 'generate' | 'start' | 'get';
	/** By item, or for all. */
	parameters?: IDataObject | ((item: number) => IDataObject);
	/** The node's execution context, for a retry. */
	memory?: IDataObject;
	cancel?: AbortSignal;
	continues?: boolean;
}

export interface Execution {
	/** What the node gives, or undefined when it ended with an error. */
	ended: Promise<INodeExecutionData[] | undefined>;
	error?: Error;
	/** Lines of n8n's log, */
	log: string[];
	/** and when each came (ms of the simulated clock). */
	loggedAt: number[];
	memory: IDataObject;
}

const PARAMETERS: IDataObject = {
	imageSource: 'url',
	imageUrl: 'https://files.example/first.png',
	endImageSource: 'none',
	shotMode: 'single',
	duration: '5',
	mode: 'std',
	generateAudio: false,
	waitForCompletion: true,
	downloadVideo: false,
};

const OPTIONS: IDataObject = { concurrency: 50, maxWait: 58 };

let executions = 0;

/** n8n's context, as far as the node uses it. */
function contextOf(options: ExecutionOptions, { log, loggedAt, memory }: Execution) {
	const { service, key, limit, count, parameters = {}, cancel } = options;
	const own = typeof parameters === 'function' ? parameters : () => parameters;
	const executionId = String(++executions);
	const say = (message: string) => {
		log.push(message);
		loggedAt.push(performance.now());
	};
	const node = { id: 'kling', name: 'Kling', type: 'klingO3', typeVersion: 1, parameters: {} };
	return {
		getNode: () => node,
		getWorkflow: () => ({ id: 'workflow', name: 'workflow', active: false }),
		getExecutionId: () => executionId,
		getMode: () => 'trigger',
		getInputData: () => Array.from({ length: count }, () => ({ json: {} })),
		getNodeParameter: (name: string, item: number, fallback?: unknown) => {
			const mine = own(item);
			if (name === 'options') return { ...OPTIONS, ...(mine.options as IDataObject) };
			if (name === 'prompt') return mine.prompt ?? `Take ${item}`;
			return { ...PARAMETERS, ...mine }[name] ?? fallback;
		},
		getCredentials: async () => ({
			apiKey: key,
			requestsPerMinute: limit,
			baseUrl: 'https://api.example',
			storageUrl: 'https://storage.example',
		}),
		getContext: () => memory,
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
		getExecutionCancelSignal: () => cancel,
		continueOnFail: () => options.continues ?? false,
		logger: { info: say, warn: say, error: say, debug: say },
		helpers: {
			httpRequestWithAuthentication: async (_name: string, request: never) =>
				service.answer(key, request),
		},
	} as unknown as IExecuteFunctions;
}

/** Starts an execution; time goes on only when the test lets it. */
export function execute(options: ExecutionOptions): Execution {
	const memory = options.memory ?? {};
	const ended = Promise.resolve(undefined);
	const execution: Execution = { ended, log: [], loggedAt: [], memory };
	const context = contextOf(options, execution);
	execution.ended = OPERATIONS.video[options.operation ?? 'generate'](context).catch((error) => {
		execution.error = error as Error;
		return undefined;
	});
	return execution;
}
