/** How a shot moves, looks and sounds. Ours alone: the real model invents motion, the sandbox only shows that there is some. */
export interface Look {
	/** Where the camera moves to (or comes from), as a share of the free width and height. */
	towards: [number, number];
	/** Pulls back to the whole picture instead of pushing in. */
	out: boolean;
	/** An ffmpeg filter, or none. */
	tint?: string;
	/** Frequency of the shot's tone, Hz. */
	hertz: number;
}

export interface Shot {
	seconds: number;
	look: Look;
}

const DIRECTIONS: Array<[number, number]> = [
	[0.5, 0.5],
	[1, 0.5],
	[0, 0.5],
	[0.5, 0],
	[0.5, 1],
];

/** The first shot starts on the untouched image, so the list starts without a tint. */
const TINTS: Array<string | undefined> = [
	undefined,
	'colorbalance=rs=0.25:rm=0.25:bs=-0.2:bm=-0.15',
	'colorbalance=rs=-0.2:rm=-0.2:bs=0.3:bm=0.2',
	'hue=s=0.35',
	'colorbalance=gs=0.2:gm=0.2:bs=-0.1',
	'eq=contrast=1.25:brightness=-0.06',
];

const TONES = [220, 247, 262, 294, 330, 392];

/** Spreads prompts over the directions; small, so that many prompts share few renders. */
export const variant = (text: string): number =>
	[...text].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) >>> 0, 7);

/** A shot for each length. Neighbors always look different. */
export const shotsOf = (prompt: string, seconds: number[]): Shot[] =>
	seconds.map((one, index) => ({
		seconds: one,
		look: {
			towards: DIRECTIONS[(variant(prompt) + index) % DIRECTIONS.length],
			out: index % 2 === 1,
			tint: TINTS[index % TINTS.length],
			hertz: TONES[index % TONES.length],
		},
	}));

/** A generated sound as an ffmpeg input expression: each shot has its own swelling tone with a fifth above. */
function tones(shots: Shot[]): string {
	let start = 0;
	const expressions = shots.map(({ look, seconds }) => {
		const from = start;
		start += seconds;
		const swell = `sin(PI*(t-${from})/${seconds})`;
		return `gte(t,${from})*lt(t,${start})*${swell}*(0.2*sin(2*PI*${look.hertz}*t)+0.1*sin(2*PI*${look.hertz * 1.5}*t))`;
	});
	return `aevalsrc=exprs='${expressions.join('+')}':s=44100:d=${start}`;
}

/** ffmpeg's arguments for the sound of the shots, or for none. @param inputs how many come before it */
export const soundOf = (shots: Shot[], wanted: boolean, inputs: number): string[] =>
	wanted ? ['-f', 'lavfi', '-i', tones(shots), '-map', `${inputs}:a`, '-c:a', 'aac'] : [];
