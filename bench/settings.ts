/** What a run of the benchmark does, as numbers. The document states them all. */

/**
 * What can be measured on its own, and later than the rest: each part says when and on what machine. Those at the
 * limits wait nearly all the time, so they can run at the same time.
 */
export const PARTS = ['batch', 'limits', 'growth', 'memory', 'money'] as const;
export type Part = (typeof PARTS)[number];

export const N8N_VERSION = '2.41.1';

/** One batch at a plan's limit. */
export interface LimitRow {
	items: number;
	perMinute: number;
	/** Of our node; by default as many as there are. */
	concurrency?: number;
	/** Right after the row before, in the same n8n: jobs of its kind were seen. */
	isLearnt?: boolean;
	/** Goals in seconds: for the batch, and for the delay in the middle, at most and in the mean. */
	goal: { time?: number; median?: number; longest?: number; mean?: number; calls?: number };
	/** The same work as a row before, so the others need not do it again. */
	isOursOnly?: boolean;
	/** Whoever works one item at a time needs this many times as long: only where that is bearable. */
	withMiniMax?: boolean;
	/** Rows of one name need each other; the others can be measured apart: `--rows`. */
	group: 'ten' | 'more' | 'few';
}

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
	/** Batches at the plans' limits, which the service enforces; jobs take as long as the model's page says. */
	limits: {
		jobSeconds: number;
		spreadSeconds: number;
		waitSeconds: number;
		rows: LimitRow[];
	};
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
	limits: {
		jobSeconds: 190,
		spreadSeconds: 60,
		waitSeconds: 15,
		rows: [
			{ group: 'ten', items: 10, perMinute: 50, goal: { time: 256 } },
			{ group: 'ten', items: 1, perMinute: 50, isLearnt: true, goal: { mean: 2, calls: 20 } },
			{
				...{ group: 'few', items: 10, perMinute: 50, concurrency: 10, isOursOnly: true },
				goal: { median: 3.5, longest: 9 },
			},
			{ group: 'more', items: 50, perMinute: 50, goal: { time: 295, median: 25 } },
			{ group: 'more', items: 10, perMinute: 5, goal: { time: 400 } },
			{
				...{ group: 'few', items: 1, perMinute: 50, withMiniMax: true },
				goal: { mean: 2.6, calls: 60 },
			},
		],
	},
	money: { jobSeconds: 0.5, waitSeconds: 1, failingItem: 5 },
	growth: {
		counts: [1, 10, 100, 1000],
		jobSeconds: 0.5,
		concurrency: 10,
		requestsPerMinute: 1_000_000,
	},
	large: { items: 4, videoMegabytes: 200, jobSeconds: 5, waitSeconds: 5, rounds: 5 },
};

const QUICK: BenchSettings = {
	...FULL,
	quick: true,
	jobSeconds: 10,
	growth: { ...FULL.growth, counts: [1, 10, 100] },
	limits: { ...FULL.limits, jobSeconds: 19, spreadSeconds: 6, rows: FULL.limits.rows.slice(0, 2) },
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
