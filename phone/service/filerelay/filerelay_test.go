package filerelay_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/filerelay"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

var old = state.Options{ProductType: "iPhone6,2", ProductVersion: "7.1"}

func TestRelay(t *testing.T) {
	b := lockdowntest.NewBench(t, old, filerelay.Service())
	b.Serve(filerelay.Name, func(s *lockdowntest.Service) {
		reply, err := s.Exchange(dict{"Sources": []any{"Network", "CrashReporter"}})
		require.NoError(t, err)
		require.Equal(t, dict{"Status": "Acknowledged"}, reply)
		packed, err := io.ReadAll(s.Conn)
		require.NoError(t, err)
		z, err := gzip.NewReader(bytes.NewReader(packed))
		require.NoError(t, err)
		archive, err := io.ReadAll(z)
		require.NoError(t, err)
		require.Equal(t, []string{"./var/mobile/Library/Logs/Network.log", "./var/mobile/Library/Logs/CrashReporter.log", "TRAILER!!!"}, names(t, archive))
	})
}

// names lists the files of a cpio archive.
func names(t *testing.T, b []byte) (out []string) {
	t.Helper()
	for len(b) > 0 {
		var nameSize, size int
		require.Equal(t, "070707", string(b[:6]))
		_, err := fmt.Sscanf(string(b[59:76]), "%6o%11o", &nameSize, &size)
		require.NoError(t, err)
		out = append(out, string(b[76:76+nameSize-1]))
		b = b[76+nameSize+size:]
	}
	return out
}

func TestRefusals(t *testing.T) {
	for want, m := range map[string]dict{
		"StagingEmpty":  {"Sources": []any{}},
		"InvalidSource": {"Sources": []any{"Network", "Coffee"}},
	} {
		b := lockdowntest.NewBench(t, old, filerelay.Service())
		b.Serve(filerelay.Name, func(s *lockdowntest.Service) {
			reply, err := s.Exchange(m)
			require.NoError(t, err)
			require.Equal(t, dict{"Error": want}, reply)
		})
	}
}

func Example() {
	fmt.Println(filerelay.Service().Name, "before iOS", filerelay.Service().IOS.Until)
	// Output: com.apple.mobile.file_relay before iOS 8.0
}
