/** Where the demo orders its video: the sandbox with play money, or the real Segmind. */
import { DEFAULT_URLS } from '../nodes/segmind/wire/origins';
import { startSandbox, type Sandbox } from '../sandbox';

export interface Service {
	name: string;
	/** Fields of the credential `segmindApi`. */
	credential: {
		apiKey: string;
		baseUrl: string;
		storageUrl: string;
		historyUrl: string;
		requestsPerMinute: number;
	};
	/** Status of the newest job as the service's own books show it, where they can be looked into. */
	jobStatus(): string | undefined;
	sandbox?: Sandbox;
	close(): Promise<void>;
}

/** As large as the demo's picture: this video is made to be looked at. */
const RENDER = { width: 1280, fps: 24 };
const SANDBOX_KEY = 'SG_example_demo_key';
/** Of the Free plan, so that the demo works on every plan. */
const REAL_REQUESTS_PER_MINUTE = 5;

/** @param jobSeconds how long a video takes */
export async function sandboxService(jobSeconds: number): Promise<Service> {
	const sandbox = await startSandbox({ jobSeconds, render: RENDER });
	sandbox.createAccount({ key: SANDBOX_KEY, credits: 100 });
	const { gatewayUrl: baseUrl, storageUrl } = sandbox;
	return {
		name: `a local sandbox of Segmind at ${baseUrl}`,
		credential: {
			apiKey: SANDBOX_KEY,
			baseUrl,
			storageUrl,
			historyUrl: sandbox.historyUrl,
			requestsPerMinute: 300,
		},
		jobStatus: () => sandbox.account(SANDBOX_KEY).jobs.at(-1)?.status,
		sandbox,
		close: async () => await sandbox.close(),
	};
}

export function realService(apiKey: string): Service {
	return {
		name: 'the real Segmind',
		credential: { apiKey, ...DEFAULT_URLS, requestsPerMinute: REAL_REQUESTS_PER_MINUTE },
		jobStatus: () => undefined,
		close: async () => {},
	};
}
