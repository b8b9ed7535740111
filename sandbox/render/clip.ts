/** A video to be made: what ffmpeg reads, and what it does with it. */

export interface Frame {
	/** Pixels, even. */
	width: number;
	height: number;
	fps: number;
}

export interface Input {
	/** ffmpeg's options for this input. */
	options?: string[];
	/** Either a file on disk … */
	file?: string;
	/** … or the bytes of one, with the extension that tells its format. */
	bytes?: Buffer;
	extension?: string;
}

export interface Plan {
	/** A filter graph whose output is labelled [v]. */
	graph: string;
	/** What else ffmpeg is told: sound, length. Inputs that it names come after those of the clip. */
	output: string[];
}

/** Keeps a text in a file. @returns its path */
export type Write = (text: string) => string;

export interface Clip {
	inputs: Input[];
	/** Width over height. */
	aspect: number;
	plan: (frame: Frame, write: Write) => Plan;
}
