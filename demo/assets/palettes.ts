import type { Colour } from './noise';

/** The colours and the light of one hour of the day. */
export interface Light {
	/** From the zenith down to the horizon. */
	sky: Colour[];
	/** Sun or moon; position and radius in parts of the picture. */
	sun: { x: number; y: number; radius: number; colour: Colour; disc: Colour };
	clouds: number;
	cloud: Colour;
	cloudLit: Colour;
	stars: number;
	/** Part of the height at which the last stars fade. */
	starsDownTo: number;
	rockShade: Colour;
	rockLit: Colour;
	snowShade: Colour;
	snowLit: Colour;
	forest: Colour;
	haze: Colour;
	hazeLit: Colour;
	water: Colour;
}

export const dusk: Light = {
	sky: [
		rgb('#1d2456'),
		rgb('#45407f'),
		rgb('#93588f'),
		rgb('#e07f78'),
		rgb('#fbb46c'),
		rgb('#ffdc98'),
	],
	sun: { x: 0.29, y: 0.44, radius: 0.027, colour: rgb('#ff9a4d'), disc: [2.1, 1.8, 1.3] },
	clouds: 0.75,
	cloud: rgb('#6f4f86'),
	cloudLit: rgb('#ffb27c'),
	stars: 0.5,
	starsDownTo: 0.22,
	rockShade: rgb('#2b2450'),
	rockLit: rgb('#a8606b'),
	snowShade: rgb('#6d629f'),
	snowLit: rgb('#ffd3b8'),
	forest: rgb('#1a1c38'),
	haze: rgb('#8d6596'),
	hazeLit: rgb('#f3a27c'),
	water: rgb('#241f4a'),
};

export const night: Light = {
	sky: [
		rgb('#050a1e'),
		rgb('#0a1634'),
		rgb('#12264f'),
		rgb('#1e3d6d'),
		rgb('#33608c'),
		rgb('#4a7ba0'),
	],
	sun: { x: 0.29, y: 0.17, radius: 0.024, colour: rgb('#5b7fae'), disc: [0.97, 0.97, 0.9] },
	clouds: 0.28,
	cloud: rgb('#1c3157'),
	cloudLit: rgb('#6f8fb8'),
	stars: 1.25,
	starsDownTo: 0.5,
	rockShade: rgb('#0b1430'),
	rockLit: rgb('#3d5a86'),
	snowShade: rgb('#34507f'),
	snowLit: rgb('#c3d9f0'),
	forest: rgb('#070d1f'),
	haze: rgb('#21406b'),
	hazeLit: rgb('#4f7ba5'),
	water: rgb('#071027'),
};

function rgb(hex: string): Colour {
	const value = parseInt(hex.slice(1), 16);
	return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}
