package headunit

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, time.March, 4, 12, 35, 19, 500_000_000, time.FixedZone("CET", 3600))

func TestSentences(t *testing.T) {
	munich := Position{Latitude: 48.1173, Longitude: 11.5167, Altitude: 545.4, Speed: 11.52, Course: 84.4}
	require.Equal(t, "$GPGGA,113519.50,4807.0380,N,01131.0020,E,1,08,0.9,545.4,M,0.0,M,,*56", munich.gga(noon))
	require.Equal(t, "$GPRMC,113519.50,A,4807.0380,N,01131.0020,E,22.4,84.4,040326,,,A*5A", munich.rmc(noon))
	quito := Position{Latitude: -0.5, Longitude: -78.25}
	require.Contains(t, quito.gga(noon), ",0030.0000,S,07815.0000,W,")
}

// The checksum is the exclusive or of everything between dollar sign and star;
// this sentence stands in the textbooks with its sum of 47.
func TestChecksum(t *testing.T) {
	require.Equal(t, "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
		sentence("GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"))
}

// No angle is ever written with 60 minutes, and each reads back as it was, to
// the last digit.
func TestAnglesReadBack(t *testing.T) {
	require.Equal(t, "48"+"00.0000,N", angle(47.9999999999, 2, "N", "S"))
	rapid.Check(t, func(t *rapid.T) {
		deg := rapid.Float64Range(-179.9, 179.9).Draw(t, "degrees")
		text := angle(deg, 3, "E", "W")
		require.Len(t, text, len("dddmm.mmmm,E"))
		d, err := strconv.Atoi(text[:3])
		require.NoError(t, err)
		m, err := strconv.ParseFloat(text[3:10], 64)
		require.NoError(t, err)
		require.Less(t, m, 60.0)
		back := float64(d) + m/60
		if strings.HasSuffix(text, "W") {
			back = -back
		}
		require.LessOrEqual(t, math.Abs(back-deg), 0.5/600_000+1e-9)
	})
}
