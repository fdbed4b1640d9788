// Package report writes what came of a run of scenarios in the formats that CI
// systems and people read: JUnit XML, TAP, JSON lines, Markdown, HTML.
package report
