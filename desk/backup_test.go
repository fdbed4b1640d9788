package desk_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// idevicebackup2 gets as far as the phone goes: both agree on a version, and what is
// asked for then the phone declines. Ports differ from run to run.
var port = regexp.MustCompile(`on port \d+\.`)

func backup(t *testing.T, d *desk.Running, code int, want string, args ...string) {
	t.Helper()
	got, err := tool(t, d, "idevicebackup2", args...)
	require.Equal(t, want, port.ReplaceAllString(got, "on port N."), "%v", args)
	require.Equal(t, code, exitCode(t, err), "%v", args)
}

const (
	agreed = "Started \"com.apple.mobilebackup2\" service on port N.\nNegotiated Protocol Version 2.1"
	none   = 151 // -105 as an exit code
)

func TestBackup(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := t.TempDir()
	for _, full := range []bool{false, true} {
		args, said := []string{"backup", dir}, []string{
			`Backup directory is "` + dir + `"`, agreed, "Starting backup...", "Backup will be unencrypted.", "Requesting backup from device...", "Full backup mode."}
		if full {
			args, said = []string{"backup", "--full", dir}, []string{
				`Backup directory is "` + dir + `"`, agreed, "Reading Info.plist from backup.", "Starting backup...", "Enforcing full backup from device.",
				"Backup will be unencrypted.", "Requesting backup from device...", "Incremental backup mode."}
		}
		said = append(said, "ErrorCode 105: This simulated phone does not do Backup", "Received 0 files from device.", "Backup Failed (Error Code 105).")
		backup(t, d, none, lines(said...), args...)
	}
	// What the tool asked the phone before it began is in the backup.
	b, err := os.ReadFile(filepath.Join(dir, udid, "Info.plist"))
	require.NoError(t, err)
	info, err := plist.DecodeDict(b, plist.Limits{})
	require.NoError(t, err)
	var s *state.State
	require.NoError(t, d.Do(func(d *desk.Desk) { s = d.State }))
	for key, value := range map[string]string{
		"Product Type": "ProductType", "Product Version": "ProductVersion", "Build Version": "BuildVersion", "Device Name": "DeviceName",
		"Serial Number": "SerialNumber", "Unique Identifier": "UniqueDeviceID", "IMEI": "InternationalMobileEquipmentIdentity",
	} {
		require.Equal(t, s.Value("", value), info[key], key)
	}
	// Its lock on the phone is gone, or the next backup would wait for it.
	backup(t, d, none, "ErrorCode 105: This simulated phone does not do Info", "info", dir)
}

func TestBackupOthers(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := t.TempDir()
	backup(t, d, 255, `ERROR: Backup directory "`+dir+`/none" does not exist!`, "backup", dir+"/none")
	backup(t, d, none, agreed+"\nErrorCode 105: This simulated phone does not do EnableCloudBackup\nCould not enable cloud backup.", "cloud", "on", dir)
	backup(t, d, none, agreed+"\nErrorCode 105: This simulated phone does not do ChangePassword\nCould not enable backup encryption.", "encryption", "on", "secret", dir)
	backup(t, d, 255, agreed+"\nERROR: Backup encryption is not enabled. Aborting.", "encryption", "off", "secret", dir)
	backup(t, d, 255, agreed+"\nERROR: Backup encryption is not enabled so can't change password. Aborting.", "changepw", "old", "new", dir)

	// A backup that says it is whole is offered to the phone.
	at := filepath.Join(dir, udid)
	require.NoError(t, os.MkdirAll(at, 0o700))
	for name, v := range map[string]map[string]any{
		"Info.plist":     {"Target Identifier": udid, "Product Type": "iPhone14,7", "Applications": map[string]any{}},
		"Status.plist":   {"SnapshotState": "finished", "Version": "3.3"},
		"Manifest.plist": {"IsEncrypted": false},
	} {
		b, err := plist.AppendXML(nil, v)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(at, name), b, 0o600))
	}
	for _, verb := range []string{"Info", "List"} {
		backup(t, d, none, "ErrorCode 105: This simulated phone does not do "+verb, map[string]string{"Info": "info", "List": "list"}[verb], dir)
	}
	backup(t, d, none, lines(`Backup directory is "`+dir+`"`, agreed, "Reading Info.plist from backup.", "Starting Restore...",
		"Restoring system files: No", "Rebooting after restore: Yes", "Don't copy backup: Yes", "Preserve settings of device: Yes",
		"Remove items that are not restored: No", "Backup password: No", "Wrote RestoreApplications.plist",
		"ErrorCode 105: This simulated phone does not do Restore", "Restore Failed (Error Code 105)."), "restore", dir)
}

// The older tool is for iOS 3 and older, and says so.
func TestBackupOfOldPhones(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := t.TempDir()
	exits(t, d, 255, lines(`Backup directory is "`+dir+`"`,
		"ERROR: This tool is only compatible with iOS 3 or below. For newer iOS versions please use the idevicebackup2 tool."),
		"idevicebackup", "backup", dir)
	exits(t, d, 255, `ERROR: Backup directory "`+dir+`" is invalid. No Info.plist found.`, "idevicebackup", "restore", dir)
	exits(t, d, 255, `ERROR: Backup directory "`+dir+`/none" does not exist!`, "idevicebackup", "backup", dir+"/none")
}
