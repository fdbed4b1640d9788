package imagemounter_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/imagemounter"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func serve(t *testing.T, o state.Options, fn func(*lockdowntest.Bench, *lockdowntest.Service)) {
	t.Helper()
	b := lockdowntest.NewBench(t, o, imagemounter.Service())
	b.Serve(imagemounter.Name, func(s *lockdowntest.Service) { fn(b, s) })
}

func ask(t *testing.T, s *lockdowntest.Service, m dict) dict {
	t.Helper()
	reply, err := s.Exchange(m)
	require.NoError(t, err)
	return reply
}

// upload sends an image of n bytes.
func upload(t *testing.T, s *lockdowntest.Service, kind string, n int) {
	t.Helper()
	require.Equal(t, dict{"Status": "ReceiveBytesAck"}, ask(t, s, dict{"Command": "ReceiveBytes", "ImageSize": n, "ImageType": kind, "ImageSignature": []byte("s")}))
	for left := n; left > 0; {
		k, err := s.Conn.Write(make([]byte, min(left, 65536)))
		require.NoError(t, err)
		left -= k
	}
	m, err := s.ReceiveDict()
	require.NoError(t, err)
	require.Equal(t, dict{"Status": "Complete"}, m)
}

// What ideviceimagemounter does, and with -l.
func TestMount(t *testing.T) {
	serve(t, state.Options{ProductVersion: "15.8", ProductType: "iPhone9,3"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		lookup := dict{"Command": "LookupImage", "ImageType": "Developer"}
		mount := dict{"Command": "MountImage", "ImagePath": "/private/var/mobile/Media/PublicStaging/staging.dimage", "ImageType": "Developer", "ImageSignature": []byte("s")}
		require.Equal(t, dict{"Status": "Complete", "ImageSignature": []any{}}, ask(t, s, lookup))
		require.Equal(t, "No image was received.", ask(t, s, mount)["DetailedError"])
		upload(t, s, "Developer", 1<<20+1)
		require.Equal(t, dict{"Status": "Complete"}, ask(t, s, mount))
		require.True(t, b.Phone.Images.Developer())
		require.Contains(t, ask(t, s, mount)["DetailedError"], "is already mounted")
		require.Equal(t, dict{"Status": "Complete", "ImageSignature": []any{[]byte("s")}}, ask(t, s, lookup))
		list := ask(t, s, dict{"Command": "CopyDevices"})["EntryList"].([]any)
		require.Equal(t, "/Developer", list[0].(dict)["MountPath"])
		unmount := dict{"Command": "UnmountImage", "MountPath": "/Developer"}
		require.Equal(t, dict{"Status": "Complete"}, ask(t, s, unmount))
		require.Contains(t, ask(t, s, unmount)["DetailedError"], "There is no matching entry")
		require.Equal(t, dict{"Goodbye": true}, ask(t, s, dict{"Command": "Hangup"}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

// Before iOS 14 a phone says whether there is an image, and has no signature without.
func TestLookupOfOldPhones(t *testing.T) {
	serve(t, state.Options{ProductVersion: "13.7", ProductType: "iPhone9,3"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		lookup := dict{"Command": "LookupImage", "ImageType": "Developer"}
		require.Equal(t, dict{"Status": "Complete", "ImagePresent": false}, ask(t, s, lookup))
		b.Phone.Images.Mount(state.Image{Type: "Developer", Signature: []byte("s")})
		require.Equal(t, dict{"Status": "Complete", "ImagePresent": true, "ImageSignature": []any{[]byte("s")}}, ask(t, s, lookup))
	})
}

// From iOS 17 on the image is a personalized one; before, the phone does not know
// what that is.
func TestPersonalized(t *testing.T) {
	serve(t, state.Options{ProductVersion: "17.5", DeveloperMode: true}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		require.Len(t, ask(t, s, dict{"Command": "QueryNonce", "PersonalizedImageType": "DeveloperDiskImage"})["PersonalizationNonce"], 32)
		require.Equal(t, uint64(0x18), ask(t, s, dict{"Command": "QueryPersonalizationIdentifiers"})["PersonalizationIdentifiers"].(dict)["BoardId"])
		require.Equal(t, "MissingManifest", ask(t, s, dict{"Command": "QueryPersonalizationManifest"})["Error"])
		upload(t, s, "Personalized", 100)
		mount := dict{"Command": "MountImage", "ImageType": "Developer"}
		require.Equal(t, "InvalidImageType", ask(t, s, mount)["Error"])
		mount["ImageType"] = "Personalized"
		require.Equal(t, "MissingTrustCache", ask(t, s, mount)["Error"])
		mount["ImageTrustCache"] = []byte("trust")
		require.Equal(t, dict{"Status": "Complete"}, ask(t, s, mount))
		require.Equal(t, "/System/Developer", b.Phone.Images.All()[0].MountPath)
	})
	serve(t, state.Options{ProductVersion: "16.5", DeveloperMode: true}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		for _, c := range []string{"QueryNonce", "QueryPersonalizationIdentifiers", "QueryPersonalizationManifest", "Dance"} {
			require.Equal(t, "UnknownCommand", ask(t, s, dict{"Command": c})["Error"], c)
		}
		upload(t, s, "Personalized", 100)
		require.Equal(t, "InvalidImageType", ask(t, s, dict{"Command": "MountImage", "ImageType": "Personalized"})["Error"])
	})
}

func TestDeveloperMode(t *testing.T) {
	serve(t, state.Options{ProductVersion: "16.5"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		query := dict{"Command": "QueryDeveloperModeStatus"}
		require.Equal(t, dict{"DeveloperModeStatus": false}, ask(t, s, query))
		upload(t, s, "Developer", 100)
		mount := dict{"Command": "MountImage", "ImageType": "Developer"}
		require.Contains(t, ask(t, s, mount)["DetailedError"], "Developer mode is not enabled")
		b.Phone.SetDeveloperMode(true)
		require.Equal(t, dict{"DeveloperModeStatus": true}, ask(t, s, query))
		require.Equal(t, dict{"Status": "Complete"}, ask(t, s, mount))
	})
	serve(t, state.Options{ProductType: "iPhone9,3", ProductVersion: "13.0"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		for _, c := range []string{"QueryDeveloperModeStatus", "UnmountImage"} {
			require.Equal(t, "UnknownCommand", ask(t, s, dict{"Command": c})["Error"], c)
		}
	})
}

// Before iOS 7 the image comes by AFC.
func TestOldPhone(t *testing.T) {
	serve(t, state.Options{ProductType: "iPhone6,2", ProductVersion: "6.1"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		mount := dict{"Command": "MountImage", "ImagePath": "/var/mobile/Media/PublicStaging/staging.dimage", "ImageType": "Developer"}
		require.Equal(t, "ImageMountFailed", ask(t, s, mount)["Error"])
		require.NoError(t, files.WriteFile(b.Phone.Media(), "PublicStaging/staging.dimage", []byte("image")))
		require.Equal(t, dict{"Status": "Complete"}, ask(t, s, mount))
	})
}

func TestLocked(t *testing.T) {
	serve(t, state.Options{Passcode: true}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		b.Phone.Lock()
		require.Equal(t, "DeviceLocked", ask(t, s, dict{"Command": "LookupImage", "ImageType": "Developer"})["Error"])
		require.Equal(t, dict{"Goodbye": true}, ask(t, s, dict{"Command": "Hangup"}))
	})
}

func TestBadArguments(t *testing.T) {
	serve(t, state.Options{ProductVersion: "15.8", ProductType: "iPhone9,3"}, func(b *lockdowntest.Bench, s *lockdowntest.Service) {
		for _, m := range []dict{
			{"Command": "ReceiveBytes", "ImageType": "Developer"},
			{"Command": "ReceiveBytes", "ImageType": "Developer", "ImageSize": 0},
			{"Command": "ReceiveBytes", "ImageType": "Developer", "ImageSize": -1},
			{"Command": "ReceiveBytes", "ImageType": "Developer", "ImageSize": uint64(1) << 40},
			{"Command": "ReceiveBytes", "ImageType": true, "ImageSize": 1},
			{"Command": "LookupImage", "ImageType": uint64(1)},
			{"Command": "MountImage"},
			{"Command": "UnmountImage"},
		} {
			require.Equal(t, "MissingRequiredInput", ask(t, s, m)["Error"], "%v", m)
		}
		b.Phone.SetFree(10)
		require.Contains(t, ask(t, s, dict{"Command": "ReceiveBytes", "ImageType": "Developer", "ImageSize": 11})["DetailedError"], "no space")
	})
}

// A host that promises much and sends little is waited for, and costs nothing.
func TestUploadCutShort(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, imagemounter.Service())
	b.Serve(imagemounter.Name, func(s *lockdowntest.Service) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask(t, s, dict{"Command": "ReceiveBytes", "ImageSize": 4 << 30, "ImageType": "Developer"})
		_, err := s.Conn.Write(make([]byte, 1000))
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		require.NoError(t, s.Raw().(interface{ CloseWrite() error }).CloseWrite())
		_, err = s.Receive()
		require.ErrorIs(t, err, io.EOF)
		require.Zero(t, b.Phone.Images.Received)
	})
	require.Contains(t, b.Find("state.service", "end").Get("why"), "unexpected EOF")
}

func Example() {
	fmt.Println(imagemounter.Service().Name)
	// Output: com.apple.mobile.mobile_image_mounter
}
