package files

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

// maxPicture bounds the sides of a picture, in pixels.
const maxPicture = 8192

func pictureSize(s string) (w, h int, err error) {
	var rest string
	if n, _ := fmt.Sscanf(s, "%dx%d%s", &w, &h, &rest); n != 2 || w < 1 || h < 1 || w > maxPicture || h > maxPicture {
		return 0, 0, fmt.Errorf("picture %q is no size; want for example 160x120, up to %d", s, maxPicture)
	}
	return w, h, nil
}

// picture draws a JPEG whose colours depend on the name alone.
func picture(name, size string) ([]byte, error) {
	w, h, err := pictureSize(size)
	if err != nil {
		return nil, err
	}
	seed := sha256.Sum256([]byte(name))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			ring := (x-w/2)*(x-w/2) + (y-h/2)*(y-h/2)
			img.SetRGBA(x, y, color.RGBA{
				R: seed[0] + uint8(255*x/w)/2,
				G: seed[1] + uint8(255*y/h)/2,
				B: seed[2] + uint8(ring*16/(w+h)),
				A: 255,
			})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
