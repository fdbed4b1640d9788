package plist

import (
	"cmp"
	"encoding/binary"

	"github.com/plugfest/plugfest/wire/plist/plisttest"
)

// binaryDoc lays out a binary list from objects given as bytes, with references
// of one byte, so that every rule can be broken alone.
type binaryDoc struct {
	objects  [][]byte
	top      uint64
	refSize  int
	offSize  int
	count    *uint64
	table    *uint64
	override map[int]uint64 // offsets that lie
}

func (d binaryDoc) bytes() []byte {
	b := []byte(binaryMagic)
	var offsets []uint64
	for _, o := range d.objects {
		offsets = append(offsets, uint64(len(b)))
		b = append(b, o...)
	}
	off, ref := cmp.Or(d.offSize, 4), cmp.Or(d.refSize, 1)
	table, count := uint64(len(b)), uint64(len(d.objects))
	for i, o := range offsets {
		if lie, ok := d.override[i]; ok {
			o = lie
		}
		b = append(b, binary.BigEndian.AppendUint64(nil, o)[8-off:]...)
	}
	if d.count != nil {
		count = *d.count
	}
	if d.table != nil {
		table = *d.table
	}
	b = append(b, 0, 0, 0, 0, 0, 0, byte(off), byte(ref))
	b = binary.BigEndian.AppendUint64(b, count)
	b = binary.BigEndian.AppendUint64(b, d.top)
	return binary.BigEndian.AppendUint64(b, table)
}

// What costs much if it is taken at its word.
var (
	array16     = plisttest.Array
	sharedBomb  = plisttest.Shared
	chainBomb   = plisttest.Chain
	overlapBomb = plisttest.Overlap
	contentBomb = plisttest.Content
	deepXML     = plisttest.DeepXML
	inPlist     = plisttest.XML
)
