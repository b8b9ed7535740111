/** What this process has learnt of an account: how long its jobs take, and whether a result can be asked for early. */
import { Forecast, type Range } from './forecast';

/** Of a job that is waited for. */
export interface KindOfJob {
	/** What decides how long it takes: the same for jobs that take about as long. */
	name: string;
	/** What the model's page says (ms). */
	takes: Range;
}

/** Kinds of jobs that are remembered. */
const MOST_KINDS = 20;

/** So many early answers that bring nothing, be it that a gateway gave them, are taken for the service's own. */
const MOST_FAULTS = 3;

export class Lessons {
	private readonly forecasts = new Map<string, Forecast>();

	private faults = 0;

	/** Whether the result of a job is asked for although nobody knows whether it is done. */
	get asksEarly(): boolean {
		return this.faults < MOST_FAULTS;
	}

	/** The forecast of a kind of jobs; those that were not needed for long are forgotten. */
	forecastOf({ name, takes }: KindOfJob): Forecast {
		const forecast = this.forecasts.get(name) ?? new Forecast(takes);
		this.forecasts.delete(name);
		this.forecasts.set(name, forecast);
		const [oldest] = this.forecasts.keys();
		if (this.forecasts.size > MOST_KINDS) this.forecasts.delete(oldest);
		return forecast;
	}

	/** An early answer was understood: running, failed or completed. */
	earlyUnderstood(): void {
		this.faults = 0;
	}

	/**
	 * An early answer was not understood, but the status right after was.
	 *
	 * @param isFault nothing was learned, which may come from anything between; otherwise the service refuses it
	 */
	earlyUnclear(isFault: boolean): void {
		this.faults += isFault ? 1 : MOST_FAULTS;
	}
}
