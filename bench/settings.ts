/** What a run of the benchmark does, as numbers. The document states them all. */

export const N8N_VERSION = '2.41.1';

export interface BenchSettings {
	quick: boolean;
	/** Items of the batch and of the money table. */
	items: number;
	/**
	 * How long a job of the batch takes, seconds: the middle between two looks of whoever looks every 15 s, so that the
	 * delay until a completion is noticed is that interval's mean and not its luckiest case. A real job takes about
	 * 250 s; two of the four work through ten of them one by one, so this one is shorter.
	 */
	jobSeconds: number;
	/** Size of each video of the batch. */
	videoMegabytes: number;
	/** The Wait node of the hand-built workflows, seconds: the interval of n8n's MiniMax node. */
	waitSeconds: number;
	/** In the credential of our node. */
	requestsPerMinute: number;
	money: { jobSeconds: number; waitSeconds: number; failingItem: number };
	growth: { counts: number[]; jobSeconds: number; concurrency: number; requestsPerMinute: number };
	/**
	 * Undefined: left out. What a peak is depends on when the garbage is collected, so our node and the fan-out are
	 * measured in several rounds, one after the other, and the median counts.
	 */
	large?: {
		items: number;
		videoMegabytes: number;
		jobSeconds: number;
		waitSeconds: number;
		rounds: number;
	};
}

const FULL: BenchSettings = {
	quick: false,
	items: 10,
	jobSeconds: 22.5,
	videoMegabytes: 20,
	waitSeconds: 15,
	requestsPerMinute: 600,
	money: { jobSeconds: 0.5, waitSeconds: 1, failingItem: 5 },
	growth: {
		counts: [1, 10, 100, 1000],
		jobSeconds: 0.5,
		concurrency: 10,
		requestsPerMinute: 1_000_000,
	},
	large: { items: 4, videoMegabytes: 200, jobSeconds: 5, waitSeconds: 5, rounds: 3 },
};

const QUICK: BenchSettings = {
	...FULL,
	quick: true,
	jobSeconds: 10,
	growth: { ...FULL.growth, counts: [1, 10, 100] },
	large: undefined,
};

export const settingsFor = (quick: boolean): BenchSettings => (quick ? QUICK : FULL);

/** Goals of the batch, of memory and of growth. The document says of each whether the run met it. */
export const GOALS = {
	/** Times faster than whoever works one item at a time. */
	faster: 8,
	/** Of the MiniMax node's memory growth. */
	memoryShare: 0.2,
	/** Time and processor time per item of the largest run over the least of the smaller ones. */
	flat: 1.25,
};
