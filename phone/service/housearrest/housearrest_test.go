package housearrest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/phone/service/housearrest"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

var apps = []state.App{
	{BundleID: "com.example.open", Sharing: true, Developer: true},
	{BundleID: "com.example.shared", Sharing: true},
	{BundleID: "com.example.closed"},
}

func TestVend(t *testing.T) {
	for _, c := range []struct {
		ios, command, app string
		want              dict
	}{
		{"16.0", "VendContainer", "com.example.open", dict{"Status": "Complete"}},
		{"16.0", "VendDocuments", "com.example.open", dict{"Status": "Complete"}},
		{"16.0", "VendContainer", "com.example.shared", dict{"Error": "InstallationLookupFailed"}},
		{"16.0", "VendDocuments", "com.example.shared", dict{"Status": "Complete"}},
		{"16.0", "VendDocuments", "com.example.closed", dict{"Error": "InstallationLookupFailed"}},
		{"8.2", "VendContainer", "com.example.closed", dict{"Status": "Complete"}},
		{"8.3", "VendContainer", "com.example.closed", dict{"Error": "InstallationLookupFailed"}},
		{"16.0", "VendContainer", "com.example.none", dict{"Error": "ApplicationLookupFailed"}},
		{"16.0", "VendDocuments", "com.apple.Preferences", dict{"Error": "ApplicationLookupFailed"}},
		{"16.0", "Dance", "com.example.open", dict{"Error": "InvalidCommand"}},
	} {
		b := lockdowntest.NewBench(t, state.Options{ProductVersion: c.ios, Apps: apps}, housearrest.Service())
		b.Serve(housearrest.Name, func(s *lockdowntest.Service) {
			reply, err := s.Exchange(dict{"Command": c.command, "Identifier": c.app})
			require.NoError(t, err)
			require.Equal(t, c.want, reply, "%s %s %s", c.ios, c.command, c.app)
		})
	}
}

// vend asks for an app's files and goes on in AFC.
func vend(t *testing.T, b *lockdowntest.Bench, command, app string) *afctest.Client {
	t.Helper()
	s := b.Service(housearrest.Name)
	reply, err := s.Exchange(dict{"Command": command, "Identifier": app})
	require.NoError(t, err)
	require.Equal(t, "Complete", reply["Status"])
	return afctest.New(s.Conn)
}

func TestContainer(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Apps: apps}, housearrest.Service())
	b.Run(func() {
		c := vend(t, b, "VendContainer", "com.example.open")
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"Documents", "Library", "tmp"}, names)
		require.NoError(t, c.WriteFile("/Library/settings", []byte("secret")))
		require.NoError(t, c.WriteFile("/Documents/note.txt", []byte("hello")))
	})
	b.Run(func() {
		c := vend(t, b, "VendDocuments", "com.example.open")
		names, err := c.ReadDir("/")
		require.NoError(t, err)
		require.Equal(t, []string{"Documents"}, names)
		data, err := c.ReadFile("/Documents/note.txt")
		require.NoError(t, err)
		require.Equal(t, "hello", string(data))
		require.NoError(t, c.Mkdir("/Documents/new"))
		for _, name := range []string{"/Library/settings", "/Documents/../Library/settings", "/Library"} {
			_, err = c.ReadFile(name)
			require.Error(t, err, name)
		}
		require.Error(t, c.WriteFile("/intruder", nil))
		require.Error(t, c.RemoveAll("/Documents"))
		require.Error(t, c.Rename("/Documents/note.txt", "/Library/note.txt"))
	})
	b.Run(func() {
		c := vend(t, b, "VendDocuments", "com.example.shared")
		_, err := c.ReadFile("/Documents/note.txt")
		require.Error(t, err, "another app's")
	})
}

// A refusal is not the end: the host may ask for something else.
func TestAskAgain(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Apps: apps}, housearrest.Service())
	b.Serve(housearrest.Name, func(s *lockdowntest.Service) {
		_, err := s.Exchange(dict{"Command": "VendContainer", "Identifier": "com.example.shared"})
		require.NoError(t, err)
		reply, err := s.Exchange(dict{"Command": "VendDocuments", "Identifier": "com.example.shared"})
		require.NoError(t, err)
		require.Equal(t, dict{"Status": "Complete"}, reply)
	})
}

func Example() {
	fmt.Println(housearrest.Service().Name)
	// Output: com.apple.mobile.house_arrest
}
