package chart

import "image/color"

// palette is the palette of Okabe and Ito (Color Universal Design, 2008), distinct for
// every common colour blindness. It leaves out black, which is for text, and yellow,
// which is illegible on white.
var palette = []color.RGBA{
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
}

// The colours that belong to no variant.
var (
	white = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	text  = color.RGBA{0x1A, 0x1A, 0x1A, 0xFF}
	muted = color.RGBA{0x5F, 0x5F, 0x5F, 0xFF} // 6.5 to 1 on white
	rule  = color.RGBA{0xDD, 0xDD, 0xDD, 0xFF}
	shade = color.RGBA{0xF3, 0xF3, 0xF3, 0xFF}
	rest  = color.RGBA{0xBB, 0xBB, 0xBB, 0xFF}
	holds = color.RGBA{0xD3, 0xEE, 0xE5, 0xFF} // a tint of bluish green
)

// colourOf is the colour of the variant at that place of the scenario, the
// same in every picture.
func colourOf(place int) color.RGBA { return palette[place%len(palette)] }

// tint mixes c with white: 1 is c, 0 is white.
func tint(c color.RGBA, share float64) color.RGBA { return mix(c, white, share) }

// veil is c with a quarter of its weight: two bands that overlap both show.
func veil(c color.RGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 0x40} }

// ink is c darkened until small text in it can be read on white.
func ink(c color.RGBA) color.RGBA { return mix(c, color.RGBA{A: 0xFF}, 0.75) }

func mix(a, b color.RGBA, share float64) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(float64(x)*share + float64(y)*(1-share) + 0.5) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 0xFF}
}
