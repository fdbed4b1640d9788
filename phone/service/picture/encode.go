package picture

import (
	"bytes"
	"encoding/binary"
	"image/png"
)

// PNG returns the canvas as a PNG file.
func (c *Canvas) PNG() ([]byte, error) {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	err := e.Encode(&b, c)
	return b.Bytes(), err
}

// TIFF field types.
const (
	tiffShort    = 3
	tiffLong     = 4
	tiffRational = 5
)

// TIFF returns the canvas as a TIFF file: little-endian, one strip, RGB, not
// compressed. Source: TIFF 6.0, section 6.
func (c *Canvas) TIFF() []byte {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	const entries = 12
	ifd := 8
	bits := ifd + 2 + entries*12 + 4 // three shorts, behind the directory
	dpi := bits + 6                  // a rational
	data := dpi + 8
	le := binary.LittleEndian
	out := make([]byte, data, data+3*w*h)
	copy(out, "II*\x00")
	le.PutUint32(out[4:], uint32(ifd))
	le.PutUint16(out[ifd:], entries)
	for i, f := range [entries][4]int{
		{256, tiffLong, 1, w},         // ImageWidth
		{257, tiffLong, 1, h},         // ImageLength
		{258, tiffShort, 3, bits},     // BitsPerSample
		{259, tiffShort, 1, 1},        // Compression: none
		{262, tiffShort, 1, 2},        // PhotometricInterpretation: RGB
		{273, tiffLong, 1, data},      // StripOffsets
		{277, tiffShort, 1, 3},        // SamplesPerPixel
		{278, tiffLong, 1, h},         // RowsPerStrip
		{279, tiffLong, 1, 3 * w * h}, // StripByteCounts
		{282, tiffRational, 1, dpi},   // XResolution
		{283, tiffRational, 1, dpi},   // YResolution
		{296, tiffShort, 1, 2},        // ResolutionUnit: inch
	} {
		e := out[ifd+2+12*i:]
		le.PutUint16(e, uint16(f[0]))
		le.PutUint16(e[2:], uint16(f[1]))
		le.PutUint32(e[4:], uint32(f[2]))
		le.PutUint32(e[8:], uint32(f[3]))
	}
	for i := range 3 {
		le.PutUint16(out[bits+2*i:], 8)
	}
	le.PutUint32(out[dpi:], 72)
	le.PutUint32(out[dpi+4:], 1)
	for _, p := range c.Pix {
		r, g, b, _ := c.Palette[p].RGBA()
		out = append(out, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	return out
}
