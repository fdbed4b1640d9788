package muxd_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// record is a pair record, as far as a daemon looks at it.
var record = []byte(`<plist version="1.0"><dict><key>HostID</key><string>H</string></dict></plist>`)

// directory opens Records in a new directory.
func directory(t *testing.T) (string, *muxd.Directory) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lockdown")
	d, err := muxd.OpenDirectory(path)
	require.NoError(t, err)
	return path, d
}

// The pair record commands and their errno results.
func TestPairRecordResults(t *testing.T) {
	path, dir := directory(t)
	x := newRig(t, muxd.Options{Records: dir})
	x.run(func(usbmuxd.Device) {
		p := x.program()
		for _, step := range []struct {
			name string
			r    usbmuxd.Request
			want usbmuxd.Result
		}{
			{"read what is not there", usbmuxd.Request{Command: usbmuxd.ReadPairRecord, RecordID: udid}, 2},
			{"delete what is not there", usbmuxd.Request{Command: usbmuxd.DeletePairRecord, RecordID: udid}, 2},
			{"read without id", usbmuxd.Request{Command: usbmuxd.ReadPairRecord}, 22},
			{"save without id", usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordData: record}, 22},
			{"save without data", usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid}, 22},
			{"save bad data", usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid, RecordData: []byte("no list")}, 22},
			{"delete without id", usbmuxd.Request{Command: usbmuxd.DeletePairRecord}, 22},
			{"save", usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid, RecordData: record}, 0},
			{"save again", usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid, RecordData: record}, 0},
		} {
			require.Equal(t, step.want, p.ask(step.r).Result, step.name)
		}
		require.Equal(t, record, p.ask(usbmuxd.Request{Command: usbmuxd.ReadPairRecord, RecordID: udid}).Record)

		file, err := os.Stat(filepath.Join(path, udid+".plist"))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), file.Mode())
		at, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), at.Mode().Perm())
		files, err := os.ReadDir(path)
		require.NoError(t, err)
		require.Len(t, files, 1, "nothing half written is left")

		require.Equal(t, usbmuxd.OK, p.ask(usbmuxd.Request{Command: usbmuxd.DeletePairRecord, RecordID: udid}).Result)
		require.Equal(t, usbmuxd.BadDevice, p.ask(usbmuxd.Request{Command: usbmuxd.ReadPairRecord, RecordID: udid}).Result)
	})
}

// An id that climbs out of the directory, or names the file of the identity, is
// refused by every command.
func TestSavePairRecordThatClimbs(t *testing.T) {
	path, dir := directory(t)
	outside := filepath.Join(filepath.Dir(path), "secret.plist")
	require.NoError(t, os.WriteFile(outside, record, 0o600))
	x := newRig(t, muxd.Options{Records: dir})
	x.run(func(usbmuxd.Device) {
		p := x.program()
		require.NotEmpty(t, p.ask(usbmuxd.Request{Command: usbmuxd.ReadBUID}).BUID)
		for _, id := range []string{
			"../secret", "..", ".", ".hidden", "a/../../secret", "/etc/passwd", `..\secret`, "secret\x00x", "SystemConfiguration",
			"systemconfiguration", "c:secret", strings.Repeat("a", 200), outside,
		} {
			for _, command := range []usbmuxd.Command{usbmuxd.SavePairRecord, usbmuxd.ReadPairRecord, usbmuxd.DeletePairRecord} {
				r := p.ask(usbmuxd.Request{Command: command, RecordID: id, RecordData: record})
				require.Equal(t, usbmuxd.BadDevice, r.Result, "%s %q", command, id)
				require.Empty(t, r.Record)
			}
			require.ErrorIs(t, dir.Save(id, record), muxd.ErrRecordID, "the directory itself refuses %q", id)
		}
	})
	b, err := os.ReadFile(outside)
	require.NoError(t, err)
	require.Equal(t, record, b)
	files, err := os.ReadDir(path)
	require.NoError(t, err)
	require.Len(t, files, 1, "the identity alone")
}

// A record saved for a device that is there is told to listeners.
func TestPairedEvent(t *testing.T) {
	x := newRig(t, muxd.Options{})
	x.run(func(dev usbmuxd.Device) {
		plist, binary := x.program(), x.program()
		plist.ask(usbmuxd.Request{Command: usbmuxd.Listen})
		require.Equal(t, "Attached", plist.next().Type)
		binary.hex("10000000000000000300000001000000")
		require.Equal(t, "Result", binary.next().Type)
		require.Equal(t, "Attached", binary.next().Type)

		save := usbmuxd.Request{Command: usbmuxd.SavePairRecord, RecordID: udid, RecordData: record}
		p := x.program()
		require.Equal(t, usbmuxd.OK, p.ask(save).Result, "without a device, nobody is told")
		save.DeviceID, save.HasDevice = 99, true
		require.Equal(t, usbmuxd.OK, p.ask(save).Result, "nor with one that is not there")
		save.DeviceID = dev.ID
		require.Equal(t, usbmuxd.OK, p.ask(save).Result)
		for _, l := range []*program{plist, binary} {
			r := l.next()
			require.Equal(t, "Paired", r.Type)
			require.Equal(t, dev.ID, r.Device.ID)
			require.Zero(t, r.Tag)
		}
	})
}

// The identity of the host is the same for ever, in capitals, and nothing in its
// file is lost.
func TestBUIDIsStable(t *testing.T) {
	path, dir := directory(t)
	x := newRig(t, muxd.Options{Records: dir})
	var buid string
	x.run(func(usbmuxd.Device) {
		buid = x.program().ask(usbmuxd.Request{Command: usbmuxd.ReadBUID}).BUID
		require.Regexp(t, `^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`, buid)
		require.Equal(t, buid, x.program().ask(usbmuxd.Request{Command: usbmuxd.ReadBUID}).BUID)
	})
	again, err := muxd.OpenDirectory(path)
	require.NoError(t, err)
	x = newRig(t, muxd.Options{Records: again})
	x.run(func(usbmuxd.Device) {
		require.Equal(t, buid, x.program().ask(usbmuxd.Request{Command: usbmuxd.ReadBUID}).BUID, "after a restart")
	})
}

// A broken identity is an error, and not overwritten.
func TestBrokenIdentity(t *testing.T) {
	path, dir := directory(t)
	file := filepath.Join(path, "SystemConfiguration.plist")
	require.NoError(t, os.WriteFile(file, []byte("broken"), 0o600))
	_, err := dir.BUID()
	require.ErrorContains(t, err, "delete the file to get another identity")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "broken", string(b))
	x := newRig(t, muxd.Options{Records: dir})
	x.run(func(usbmuxd.Device) {
		require.Equal(t, usbmuxd.Result(5), x.program().ask(usbmuxd.Request{Command: usbmuxd.ReadBUID}).Result)
	})
}
