package afc_test

import (
	"strings"
	"testing"

	"github.com/plugfest/plugfest/wire/afc"
)

// FuzzDecoder: whole or cut, the same packets and the same error, and what was
// decoded encodes to what was read.
func FuzzDecoder(f *testing.F) {
	b, _ := three(f)
	f.Add(b, uint8(6))
	f.Add(unhex(f, deviceInfoRequest), uint8(0))
	f.Add(append(b, afc.Header{EntireLength: 1 << 63, ThisLength: 40}.AppendTo(nil)...), uint8(40))
	f.Add([]byte("CFA6LPAX"), uint8(2))
	limits := afc.Limits{Args: 64, Data: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		whole, cut := afc.NewDecoder(limits), afc.NewDecoder(limits)
		want, wantErr := collect(t, whole, b, max(1, len(b)))
		got, gotErr := collect(t, cut, b, int(step)+1)
		if len(want) != len(got) || (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
			t.Fatalf("whole %v %v\ncut   %v %v", want, wantErr, got, gotErr)
		}
		var back []byte
		for i, p := range want {
			if got[i] != p {
				t.Fatalf("packet %d: %v, cut %v", i, p, got[i])
			}
			back = append(append(p.head.AppendTo(back), p.args...), p.data...)
			if s := afc.Sprint(p.head, []byte(p.args)); strings.Contains(s, "\n") {
				t.Fatalf("%q", s)
			}
		}
		if !strings.HasPrefix(string(b), string(back)) || int64(len(back)) != whole.Offset() {
			t.Fatalf("encodes to %x, offset %d", back, whole.Offset())
		}
		if wantErr == nil && (whole.Finish() == nil) == whole.Partial() {
			t.Fatal("partial, and no error at the end; or the reverse")
		}
	})
}

// FuzzParseRequest: what parses encodes to something that parses the same.
func FuzzParseRequest(f *testing.F) {
	for _, v := range requestVectors {
		f.Add(uint64(v.req.Op), unhex(f, v.args))
	}
	f.Fuzz(func(t *testing.T, op uint64, args []byte) {
		r, err := afc.ParseRequest(afc.Op(op), args)
		if err != nil {
			return
		}
		b, err := r.AppendTo(nil, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		again, err := afc.ParseRequest(afc.Op(op), b[afc.HeaderLen:])
		if err != nil || again != r {
			t.Fatalf("%+v, then %+v, %v", r, again, err)
		}
	})
}

// FuzzReplies: lists and information in any shape are read without harm, and
// what was understood stays so.
func FuzzReplies(f *testing.F) {
	f.Add(uint64(afc.OpStatus), []byte("\x08\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(uint64(afc.OpData), []byte("st_size\x005\x00st_ifmt\x00S_IFREG\x00LinkTarget\x00a\x00"))
	f.Add(uint64(afc.OpData), []byte("Model\x00iPhone\x00FSTotalBytes\x001\x00FSFreeBytes"))
	f.Fuzz(func(t *testing.T, op uint64, b []byte) {
		_, _ = afc.ParseReply(afc.Op(op), b)
		info := afc.ParseFileInfo(b)
		if again := afc.ParseFileInfo(info.AppendTo(nil)); again.Size != info.Size || again.Format != info.Format ||
			again.LinkTarget != info.LinkTarget || len(again.Other) != len(info.Other) {
			t.Fatalf("%+v, then %+v", info, again)
		}
		dev := afc.ParseDeviceInfo(b)
		if again := afc.ParseDeviceInfo(dev.AppendTo(nil)); again.Model != dev.Model || again.FreeBytes != dev.FreeBytes {
			t.Fatalf("%+v, then %+v", dev, again)
		}
	})
}
