/**
 * The least mean delay that any schedule can have, of jobs that are submitted together and whose lengths are spread
 * evenly: it may know that distribution, and ask for whichever job it likes, but no more in any window than the plan
 * allows. Found as the dual of the linear program over all schedules: each set of prices gives a bound that no schedule
 * is below, and the prices are raised where too many requests are sent, until the bound grows no more.
 */
import { RATE } from '../../../../nodes/segmind/schedule/slots';

/** ms between two points of time at which a schedule may ask. */
const STEP = 1000;
const ROUNDS = 150;
const WINDOW = RATE.window / STEP;

interface Schedule {
	/** Its mean delay plus what its requests cost. */
	cost: number;
	/** How many requests it is expected to send at each step. */
	requests: number[];
}

/** The best schedule of one job when a request at a step costs so much. @param span steps over which the ends are spread */
function cheapest(prices: number[], span: number): Schedule {
	const running = (step: number) => Math.max(1 - step / span, 0);
	/** Of ends between two requests: how long until the second one sees them, times how likely they are. */
	const delay = (from: number, to: number) => {
		const last = Math.min(to, span);
		return ((to - from) ** 2 - (to - last) ** 2) / 2 / span;
	};
	const costs = prices.map(() => 0);
	const next = prices.map(() => 0);
	for (let from = span - 1; from >= 0; from--) {
		costs[from] = Infinity;
		for (let to = from + 1; to < prices.length; to++) {
			const its = delay(from, to) + running(from) * prices[to] + (to < span ? costs[to] : 0);
			if (its < costs[from]) [costs[from], next[from]] = [its, to];
		}
	}
	const requests = prices.map(() => 0);
	for (let from = 0; from < span; from = next[from]) requests[next[from]] += running(from);
	return { cost: costs[0], requests };
}

/**
 * @param count jobs
 * @param limit requests per window
 * @param spread ms between the earliest and the latest end
 * @returns ms
 */
export function leastMeanDelay(count: number, limit: number, spread: number): number {
	const span = spread / STEP;
	const steps = span + 2 * WINDOW;
	/** Of the window that begins behind each step. */
	const scarcity = Array<number>(steps).fill(0);
	let bound = 0;
	for (let round = 1; round <= ROUNDS; round++) {
		const prices = scarcity.map((_, step) =>
			scarcity.slice(Math.max(step - WINDOW, 0), step).reduce((sum, value) => sum + value, 0),
		);
		const { cost, requests } = cheapest(prices, span);
		const spent = scarcity.reduce((sum, value) => sum + value, 0) * limit;
		bound = Math.max(bound, cost - spent / count);
		const excess = scarcity.map((_, step) => {
			const sent = requests
				.slice(step + 1, step + 1 + WINDOW)
				.reduce((sum, value) => sum + value, 0);
			return sent - limit / count;
		});
		const norm = excess.reduce((sum, value) => sum + value ** 2, 0);
		const pace = span / 2 / Math.sqrt(round) / Math.max(norm, 1);
		for (const [step, more] of excess.entries()) {
			scarcity[step] = Math.max(scarcity[step] + pace * more, 0);
		}
	}
	return bound * STEP;
}
