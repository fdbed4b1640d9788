package headunit

import (
	"fmt"
	"math"
	"time"
)

// knot is a knot in metres a second.
const knot = 1852.0 / 3600

// gga is the position as an NMEA 0183 fix: eight satellites, no differential
// correction.
func (p Position) gga(now time.Time) string {
	return sentence(fmt.Sprintf("GPGGA,%s,%s,%s,1,08,0.9,%.1f,M,0.0,M,,", now.UTC().Format("150405.00"),
		angle(p.Latitude, 2, "N", "S"), angle(p.Longitude, 3, "E", "W"), p.Altitude))
}

// rmc is the position with speed in knots, course and date.
func (p Position) rmc(now time.Time) string {
	now = now.UTC()
	return sentence(fmt.Sprintf("GPRMC,%s,A,%s,%s,%.1f,%.1f,%s,,,A", now.Format("150405.00"),
		angle(p.Latitude, 2, "N", "S"), angle(p.Longitude, 3, "E", "W"), p.Speed/knot, p.Course, now.Format("020106")))
}

// angle writes degrees and minutes: ddmm.mmmm,N. Rounding is done in units of the
// last digit, so that no minute is ever 60.
func angle(deg float64, digits int, positive, negative string) string {
	side := positive
	if deg < 0 {
		side, deg = negative, -deg
	}
	units := int64(math.Round(deg * 600_000)) // ten-thousandths of a minute
	return fmt.Sprintf("%0*d%02d.%04d,%s", digits, units/600_000, units/10_000%60, units%10_000, side)
}

// sentence adds the dollar sign and the checksum: the exclusive or of what stands
// between dollar sign and star.
func sentence(body string) string {
	var sum byte
	for i := range len(body) {
		sum ^= body[i]
	}
	return fmt.Sprintf("$%s*%02X", body, sum)
}
