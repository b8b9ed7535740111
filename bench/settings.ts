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
	/** After ten of its kind in the same n8n. */
	isLearnt?: boolean;
	/** So many accounts at the same time, each for itself: one batch alone would be one sample. */
	accounts?: number;
	/** Goals in seconds: for the batch, and for the delay in the middle, at most and in the mean. */
	goal: { time?: number; median?: number; longest?: number; mean?: number; calls?: number };
	/** The same work as a row before, so the others need not do it again. */
	isOursOnly?: boolean;
	/** Whoever works one item at a time needs this many times as long: only where that is bearable. */
	withMiniMax?: boolean;
	/** Rows of one name need each other; the others can be measured apart: `--group`. */
	group: 'ten' | 'one' | 'more' | 'few';
}

const ROWS: LimitRow[] = [
	{ group: 'ten', items: 10, perMinute: 50, goal: { time: 256 } },
	{
		...{ group: 'one', items: 1, perMinute: 50, isLearnt: true, accounts: 20 },
		goal: { mean: 2, calls: 20 },
	},
	{
		...{ group: 'few', items: 10, perMinute: 50, concurrency: 10, isOursOnly: true, accounts: 5 },
		goal: { median: 3.5, longest: 9 },
	},
	{ group: 'more', items: 50, perMinute: 50, goal: { time: 295, median: 25 } },
	{ group: 'more', items: 10, perMinute: 5, goal: { time: 400 } },
	{ group: 'few', items: 1, perMinute: 50, withMiniMax: true, goal: { mean: 2.6, calls: 60 } },
];

const FULL = {
	quick: false,
	/** Items of the batch and of the money table. */
	items: 10,
	/**
	 * How long a job of the batch takes, seconds: the middle between two looks of whoever looks every 15 s, so that the
	 * delay until a completion is noticed is that interval's mean and not its luckiest case. A real job takes about
	 * 250 s; two of the four work through ten of them one by one, so this one is shorter.
	 */
	jobSeconds: 22.5,
	/** Size of each video of the batch. */
	videoMegabytes: 20,
	/** The Wait node of the hand-built workflows, seconds: the interval of n8n's MiniMax node. */
	waitSeconds: 15,
	/** In the credential of our node. */
	requestsPerMinute: 600,
	/** Batches at the plans' limits, which the service enforces; jobs take as long as the model's page says. */
	limits: { jobSeconds: 190, spreadSeconds: 60, waitSeconds: 15, rows: ROWS },
	money: { jobSeconds: 0.5, waitSeconds: 1, failingItem: 5 },
	growth: {
		...{ counts: [1, 10, 100, 1000], jobSeconds: 0.5 },
		...{ concurrency: 10, requestsPerMinute: 1_000_000 },
	},
	/**
	 * What a peak is depends on when the garbage is collected, so our node and the fan-out are measured in several
	 * rounds, one after the other, and the median counts.
	 */
	large: { items: 4, videoMegabytes: 200, jobSeconds: 5, waitSeconds: 5, rounds: 5 },
};

/** Without `large`, large files are left out. */
export type BenchSettings = Omit<typeof FULL, 'large'> & Partial<Pick<typeof FULL, 'large'>>;

const QUICK: BenchSettings = {
	...FULL,
	quick: true,
	jobSeconds: 10,
	growth: { ...FULL.growth, counts: [1, 10, 100] },
	limits: { ...FULL.limits, jobSeconds: 19, spreadSeconds: 6, rows: ROWS.slice(0, 2) },
	large: undefined,
};

export const settingsFor = (quick: boolean): BenchSettings => (quick ? QUICK : FULL);

const QUEUE = {
	executions: 200,
	/** Parked executions of the last part. */
	many: 1000,
	jobSeconds: 60,
	workers: 2,
	concurrency: 5,
};
export type QueueSettings = typeof QUEUE;

export const queueSettingsFor = (quick: boolean): QueueSettings =>
	quick ? { ...QUEUE, executions: 20, many: 40, jobSeconds: 20 } : QUEUE;
