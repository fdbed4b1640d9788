// Package scenariotest tests scenarios: it runs them as Go tests, and has a
// bench that plays back events instead of simulating anything.
package scenariotest
