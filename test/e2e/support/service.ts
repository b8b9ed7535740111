import type { Credential } from '../../../harness/run/n8n';
import { startSandbox, type JobReport, type Sandbox } from '../../../sandbox';

/** A sandbox with one account, and the credential with which workflows reach it. */
export interface TestService {
	sandbox: Sandbox;
	/** `SegmindDemo00001`, which the example and `batchWorkflow` name. */
	credential: Credential;
	/** A picture and a video of 5 s that the sandbox can fetch. */
	imageUrl: string;
	videoUrl: string;
	/** The account's jobs, the oldest first. */
	jobs(): JobReport[];
}

/** Small videos: most tests are about n8n, and rendering takes the processor from it. */
const SMALL = { width: 320, fps: 12 };
const KEY = 'SG_example_e2e_key';

/** @param jobSeconds how long a video takes */
export async function testService(jobSeconds: number, render = SMALL): Promise<TestService> {
	const sandbox = await startSandbox({ jobSeconds, render });
	sandbox.createAccount({ key: KEY });
	const { gatewayUrl: baseUrl, storageUrl, historyUrl, filesUrl } = sandbox;
	return {
		sandbox,
		credential: {
			id: 'SegmindDemo00001',
			name: 'Segmind (demo)',
			type: 'segmindApi',
			data: { apiKey: KEY, baseUrl, storageUrl, historyUrl, requestsPerMinute: 600 },
		},
		imageUrl: `${filesUrl}/samples/mountain.jpg`,
		videoUrl: `${filesUrl}/samples/waves.mp4`,
		jobs: () => sandbox.account(KEY).jobs,
	};
}
