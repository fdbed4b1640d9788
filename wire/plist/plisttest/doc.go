// Package plisttest is property lists that do harm to whoever takes them at their
// word: small documents that expand without end, or that are deeper than a stack.
// Every socket that takes property lists must refuse them at little cost.
//
//	for _, b := range plisttest.Bombs() {
//		_, err := Decode(b.Doc())
//	}
package plisttest
