/**
 * What this process has learned about an account: how long its jobs take, and whether an early poll of a result
 * works.
 */
import { Forecast, type Range } from './forecast';

/** A kind of job that a run waits for. */
export interface KindOfJob {
	/** What decides how long it takes. Jobs that take about as long have the same name. */
	name: string;
	/** What the model's page says (ms). */
	takes: Range;
}

/** How many kinds of jobs it remembers. */
const MOST_KINDS = 20;

/** After this many early answers that bring nothing, the service counts as the cause, even if a gateway gave them. */
const MOST_FAULTS = 3;

export class Lessons {
	private readonly forecasts = new Map<string, Forecast>();

	private faults = 0;

	/** Whether the node polls a result before it knows that the job is done. */
	get asksEarly(): boolean {
		return this.faults < MOST_FAULTS;
	}

	/** The forecast for a kind of job. The kinds not used for the longest time are forgotten. */
	forecastOf({ name, takes }: KindOfJob): Forecast {
		const forecast = this.forecasts.get(name) ?? new Forecast(takes);
		this.forecasts.delete(name);
		this.forecasts.set(name, forecast);
		const [oldest] = this.forecasts.keys();
		if (this.forecasts.size > MOST_KINDS) this.forecasts.delete(oldest);
		return forecast;
	}

	/** An early answer was clear: running, failed or completed. */
	earlyUnderstood(): void {
		this.faults = 0;
	}

	/**
	 * An early answer was not clear, but the status right after it was.
	 *
	 * @param isFault nothing was learned, and anything on the way may be the cause; otherwise the service refuses it
	 */
	earlyUnclear(isFault: boolean): void {
		this.faults += isFault ? 1 : MOST_FAULTS;
	}
}
