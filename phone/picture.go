package phone

import "encoding/hex"

// pixel is a whole JPEG picture of 8 by 8 grey pixels (ITU-T T.81), written by
// hand: one quantisation table of ones, a Huffman table each for DC and AC, one
// block that is all zero.
const pixel = "FFD8" + // start of image
	"FFDB004300" + ones64 +
	"FFC0000B08" + "0008" + "0008" + "01" + "011100" + // baseline, 8 bits, 8 by 8, one component
	"FFC4001400" + "01000000000000000000000000000000" + "00" + // DC: code 0 is category 0
	"FFC4001410" + "01000000000000000000000000000000" + "00" + // AC: code 0 is the end of the block
	"FFDA0008" + "01" + "0100" + "003F00" + "3F" + // scan: 0, 0, then ones to the byte's end
	"FFD9"

const ones64 = "01010101010101010101010101010101" + "01010101010101010101010101010101" +
	"01010101010101010101010101010101" + "01010101010101010101010101010101"

// picture returns a JPEG of n bytes, or of the fewest that a picture needs:
// comments fill it up. It is the same in every version of Go, as no encoder is
// involved.
func picture(n int) []byte {
	small, err := hex.DecodeString(pixel)
	if err != nil {
		panic(err)
	}
	const head, longest = 4, 0xFFFF + 2 // of a comment: FF FE, length; and with what it holds
	fill := n - len(small)
	out := append(make([]byte, 0, max(n, len(small))), small[:2]...)
	for fill >= head {
		k := min(fill, longest)
		if rest := fill - k; rest > 0 && rest < head {
			k -= head // leave room for one more
		}
		out = append(out, 0xFF, 0xFE, byte((k-2)>>8), byte(k-2))
		for range k - head {
			out = append(out, 'p')
		}
		fill -= k
	}
	return append(out, small[2:]...)
}
