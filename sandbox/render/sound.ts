import type { Shot } from './looks';

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
