package carlife

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// table reads a file of facts: fields separated by spaces, # for comments.
func table(t testing.TB, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			rows = append(rows, f)
		}
	}
	return rows
}

// testdata/catalogue.txt was written from the facts, not from the code.
func TestCatalogueAgainstFacts(t *testing.T) {
	rows := table(t, "testdata/catalogue.txt")
	require.Len(t, rows, 108)
	senders := map[string]Sender{"H": FromHU, "M": FromMD, "B": FromBoth}
	seen := map[ID]bool{}
	for _, r := range rows {
		n, err := strconv.ParseUint(r[0], 16, 32)
		require.NoError(t, err)
		mi, ok := Lookup(ID(n))
		require.True(t, ok, "%s is missing", r[2])
		seen[mi.ID] = true
		assert.Equal(t, ID(n), mi.ID, r[2])
		assert.Equal(t, r[2], mi.Name)
		assert.Equal(t, senders[r[1]], mi.From, r[2])
		app, lib, differ := strings.Cut(r[3], "|")
		if !differ {
			lib = app
		}
		switch r[3] {
		case "-":
			assert.Equal(t, PayloadNone, mi.Kind, r[2])
		case "raw":
			assert.Equal(t, PayloadRaw, mi.Kind, r[2])
		default:
			assert.Equal(t, PayloadProto, mi.Kind, r[2])
			assert.Equal(t, "Carlife"+app, mi.BodyName(ProfileHUApp), r[2])
			assert.Equal(t, "Carlife"+lib, mi.BodyName(ProfileCppLib), r[2])
		}
		if mi.Kind != PayloadProto {
			assert.Nil(t, mi.NewBody(ProfileHUApp), r[2])
			assert.Empty(t, mi.BodyName(ProfileCppLib), r[2])
		}
	}
	for mi := range Messages() {
		assert.True(t, seen[mi.ID], "%s (%s) is not among the facts", mi.Name, mi.ID.Hex())
	}
}

func TestCatalogueIsConsistent(t *testing.T) {
	names := map[string]bool{}
	n := 0
	for mi := range Messages() {
		n++
		assert.False(t, names[mi.Name], "%s twice", mi.Name)
		names[mi.Name] = true
		assert.True(t, mi.Channel().Valid(), mi.Name)
		byName, ok := ByName(mi.Name)
		require.True(t, ok)
		assert.Same(t, mi, byName)
		// The rule of bit 15 holds for every main id.
		if mi.From != FromBoth {
			assert.Equal(t, mi.From == FromHU, mi.ID.FromHU(), mi.Name)
		}
		assert.NotEqual(t, "nobody", mi.From.String())
	}
	assert.Equal(t, 108, n)
	for range Messages() {
		break // must not go on
	}
	_, ok := ByName("NO_SUCH_MESSAGE")
	assert.False(t, ok)
	_, ok = Lookup(0x0001002A)
	assert.False(t, ok, "0x29 is followed by 0x30")
}

func TestTwoIDsOfOneMessage(t *testing.T) {
	tests := []struct {
		id, bare ID
		name     string
	}{
		{0x00018029, 0x00010029, "CAR_GEAR"},
		{0x00018032, 0x00010032, "CAR_DATA_SUBSCRIBE_DONE"},
	}
	for _, tt := range tests {
		a, ok := Lookup(tt.id)
		require.True(t, ok)
		b, ok := Lookup(tt.bare)
		require.True(t, ok)
		assert.Same(t, a, b)
		assert.Equal(t, tt.name, tt.bare.String())
		assert.Equal(t, FromHU, b.From, "whatever bit 15 says")
		assert.Equal(t, tt.id, a.SentID(ProfileHUApp))
		assert.Equal(t, tt.bare, a.SentID(ProfileCppLib))
	}
	mi, _ := Lookup(MsgHUInfo)
	assert.Equal(t, MsgHUInfo, mi.SentID(ProfileCppLib))
}

func TestCatalogueWords(t *testing.T) {
	assert.Equal(t, []string{"HU", "MD", "both", "nobody"}, []string{FromHU.String(), FromMD.String(), FromBoth.String(), Sender(0).String()})
	assert.Equal(t, []string{"none", "proto", "raw"}, []string{PayloadNone.String(), PayloadProto.String(), PayloadRaw.String()})
}
