// Package pages holds the tests that keep README.md, CONTRIBUTING.md and the
// pages of doc/ true: generated pages are current, tables of settings are
// complete, scenarios and Go code shown there work, links lead somewhere. It has
// no code of its own.
package pages
