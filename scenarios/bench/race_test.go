//go:build race

package bench_test

// raceDetector says that everything is several times slower.
const raceDetector = true
